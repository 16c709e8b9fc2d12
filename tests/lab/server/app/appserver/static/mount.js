document.getElementById("mount").textContent = "mounted, define is " + typeof window.define;
