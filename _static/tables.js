/* Long tables: sort by a column, filter by words, download as CSV.  Without this script they are plain tables. */
(function () {
  "use strict";

  function cellText(cell) { return cell ? cell.textContent.trim() : ""; }

  function button(text, act) {
    var b = document.createElement("button");
    b.type = "button";
    b.textContent = text;
    b.addEventListener("click", act);
    return b;
  }

  /* Numbers sort as numbers, anything else as words; what is not reported comes last. */
  function compare(a, b) {
    var missing = /^(not reported|)$/;
    if (missing.test(a) || missing.test(b)) return missing.test(a) - missing.test(b);
    var x = parseFloat(a.replace(/^[^\d.-]*/, "")), y = parseFloat(b.replace(/^[^\d.-]*/, ""));
    if (!isNaN(x) && !isNaN(y) && x !== y) return x - y;
    return a.localeCompare(b, "en", { numeric: true });
  }

  /* A figure printed in words carries its number along. */
  function sortKey(cell) {
    var figure = cell && cell.querySelector("[data-value]");
    return figure ? figure.getAttribute("data-value") : cellText(cell);
  }

  function sortable(table, column, header) {
    var name = cellText(header);
    header.textContent = "";
    header.setAttribute("aria-sort", "none");
    header.append(button(name, function () {
      var up = header.getAttribute("aria-sort") !== "ascending";
      table.querySelectorAll("thead th").forEach(function (h) { h.setAttribute("aria-sort", "none"); });
      header.setAttribute("aria-sort", up ? "ascending" : "descending");
      var rows = Array.from(table.tBodies[0].rows);
      rows.sort(function (r, s) {
        var order = compare(sortKey(r.cells[column]), sortKey(s.cells[column]));
        return up ? order : -order;
      });
      table.tBodies[0].append.apply(table.tBodies[0], rows);
    }));
  }

  function filter(table, status, words) {
    var shown = 0, wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    Array.from(table.tBodies[0].rows).forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !wanted.every(function (w) { return text.includes(w); });
      shown += row.hidden ? 0 : 1;
    });
    status.textContent = shown + " of " + table.tBodies[0].rows.length + " rows";
  }

  /* A leading apostrophe keeps spreadsheets from running a cell as a formula. */
  function quoted(text) {
    if (/^[=+@\t\r]/.test(text) || /^-[^\d.]/.test(text)) text = "'" + text;
    return '"' + text.replace(/"/g, '""') + '"';
  }

  function download(table, name) {
    var lines = Array.from(table.rows).filter(function (r) { return !r.hidden; }).map(function (r) {
      return Array.from(r.cells).map(function (c) { return quoted(cellText(c)); }).join(",");
    });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n") + "\n"], { type: "text/csv" }));
    link.download = name + ".csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  function tools(table, name) {
    var bar = document.createElement("div");
    bar.className = "table-tools";
    bar.append(button("Download as CSV", function () { download(table, name); }));
    return bar;
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".long-table").forEach(function (box) {
      var table = box.querySelector("table"), bar = tools(table, box.id);
      var label = document.createElement("label"), input = document.createElement("input");
      var status = document.createElement("span");
      label.append("Show only rows with ", input);
      input.type = "search";
      status.setAttribute("role", "status");
      input.addEventListener("input", function () { filter(table, status, input.value); });
      bar.prepend(label, status);
      Array.from(table.tHead.rows[0].cells).forEach(function (header, i) { sortable(table, i, header); });
      box.before(bar);
    });
    document.querySelectorAll("table.stub").forEach(function (table) {
      table.after(tools(table, table.id || "table"));
    });
  });
})();
