// Files that were dropped or chosen: each is uploaded in turn and its state shown, then all are added at once.
function receiveFiles(element, trigger, upload) {
  const zone = element.querySelector(".drop");
  const list = element.querySelector(".uploads");
  let busy = false;

  async function send(files) {
    if (busy || !files.length) return;
    busy = true;
    const rows = files.map(({ name }) => {
      const row = document.createElement("li");
      row.append(Object.assign(document.createElement("b"), { textContent: name }), document.createElement("span"));
      row.lastChild.textContent = list.dataset.waiting;
      return row;
    });
    list.replaceChildren(...rows.slice(0, 200));
    const sent = [];
    for (const [at, { file, name }] of files.entries()) {
      rows[at].lastChild.textContent = list.dataset.sending;
      try {
        sent.push({ path: (await upload(file)).path, name });
        rows[at].lastChild.textContent = list.dataset.sent;
      } catch {
        rows[at].lastChild.textContent = list.dataset.failed;
        rows[at].className = "fault";
      }
    }
    busy = false;
    list.replaceChildren(...rows.filter((row) => row.className));
    if (sent.length) trigger("received", { files: sent });
  }

  async function entries(entry, path) {
    if (entry.isFile) return [{ file: await new Promise((done, failed) => entry.file(done, failed)), name: path + entry.name }];
    const reader = entry.createReader();
    const found = [];
    // A reader gives at most a hundred entries at a time, and none when it is through.
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return found;
      for (const one of some) found.push(...(await entries(one, `${path}${entry.name}/`)));
    }
  }

  element.addEventListener("change", (change) => {
    if (!change.target.matches("[data-files]")) return;
    const files = [...change.target.files].map((file) => ({ file, name: file.webkitRelativePath || file.name }));
    change.target.value = "";
    send(files);
  });
  zone.addEventListener("dragover", (drag) => {
    drag.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", async (drop) => {
    drop.preventDefault();
    zone.classList.remove("over");
    const dropped = [...drop.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    send((await Promise.all(dropped.map((entry) => entries(entry, "")))).flat());
  });
}
