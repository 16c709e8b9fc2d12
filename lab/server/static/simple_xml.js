// Loads the view's scripts through RequireJS, as Splunk Web does, so that a bundle whose parts
// register themselves with `define` breaks here as it would there.
(function () {
  var scripts = JSON.parse(document.currentScript.dataset.scripts);
  window.require.onError = function (error) {
    var note = document.createElement("p");
    note.setAttribute("role", "alert");
    note.className = "lab-error";
    note.textContent = "RequireJS: " + error.message;
    document.getElementById("dashboard1").prepend(note);
    throw error;
  };
  scripts.forEach(function (script) {
    window.require([script]);
  });
})();
