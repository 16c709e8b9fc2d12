// Runs the search of the address (q, earliest, latest) in the lab and shows its rows as text.
(function () {
  var form = document.getElementById("search-form");
  var state = document.getElementById("state");
  var given = new URLSearchParams(window.location.search);
  ["q", "earliest", "latest"].forEach(function (name) {
    form.elements[name].value = given.get(name) || "";
  });

  function cookie(name) {
    var found = document.cookie.split("; ").find(function (part) {
      return part.indexOf(name + "=") === 0;
    });
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function cell(kind, value) {
    var element = document.createElement(kind);
    element.textContent = Array.isArray(value) ? value.join("\n") : value === undefined ? "" : value;
    return element;
  }

  function show(result) {
    var fields = result.fields.map(function (field) {
      return field.name;
    });
    var head = document.createElement("tr");
    fields.forEach(function (name) {
      head.appendChild(cell("th", name));
    });
    document.querySelector("#rows thead").replaceChildren(head);
    var rows = result.results.map(function (row) {
      var line = document.createElement("tr");
      fields.forEach(function (name) {
        line.appendChild(cell("td", row[name]));
      });
      return line;
    });
    document.querySelector("#rows tbody").replaceChildren.apply(
      document.querySelector("#rows tbody"), rows);
    state.textContent = rows.length + (rows.length === 1 ? " row" : " rows")
      + (rows.length === 1000 ? " (the first 1,000 are shown)" : "");
  }

  function run() {
    var query = form.elements.q.value.trim();
    if (!query) {
      state.textContent = "Enter a search and press Search.";
      return;
    }
    if (query[0] !== "|" && !/^search\s/i.test(query)) {
      query = "search " + query;
    }
    state.textContent = "Searching…";
    var body = new URLSearchParams({
      search: query, exec_mode: "oneshot", output_mode: "json", count: "1000",
      earliest_time: form.elements.earliest.value, latest_time: form.elements.latest.value,
    });
    var path = window.$C.SPLUNKD_PATH + "/servicesNS/-/" + form.dataset.app + "/search/v2/jobs";
    window.fetch(path, {
      method: "POST", body: body, credentials: "same-origin",
      headers: {
        "X-Requested-With": "XMLHttpRequest",
        "X-Splunk-Form-Key": cookie("splunkweb_csrf_token_" + window.$C.MRSPARKLE_PORT_NUMBER),
      },
    }).then(function (response) {
      return response.json().then(function (answer) {
        if (!response.ok) {
          throw new Error(answer.messages.map(function (message) {
            return message.text;
          }).join("\n"));
        }
        show(answer);
      });
    }).catch(function (error) {
      state.textContent = error.message;
      state.className = "lab-error";
    });
  }

  form.addEventListener("submit", function (event) {
    event.preventDefault();
    state.className = "";
    window.history.replaceState(null, "", "?" + new URLSearchParams(new FormData(form)));
    run();
  });
  run();
})();
