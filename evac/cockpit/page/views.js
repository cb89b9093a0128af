// The other two views of a screen: the hand-over sheet and the five-stage lists.
function drawHandover(doc) {
  const h = doc.handover;
  if (!h) return [el("p", { class: "none", text: t("no_handover") })];
  const now = instant(doc.at);
  return [
    el("h2", { class: "sheet-title" }, [t("handover") + " · " + doc.place.name, el("small", { text: t("shift_since") + " " + shortAt(instant(h.since)) + " → " + shortAt(now) })]),
    el("div", { class: "sheet" }, [
      el("section", {}, [el("h3", {}, head("changes")), h.changes.length ? el("ul", { class: "changes" }, h.changes.map((one) => el("li", { class: one.good === null ? "" : one.good ? "good" : "worse" }, [
        el("span", { class: "what", text: one.words }), el("span", { class: "before", text: one.before }), el("span", { class: "arrow", text: one.before ? "→" : "" }), el("b", { text: one.after }),
        el("span", { class: "sign", text: one.good === null ? "" : t(one.good ? "better" : "worse") }),
      ]))) : el("p", { class: "none", text: t("nothing_changed") })]),
      el("section", {}, [el("h3", {}, head("silent")), !doc.letters ? el("p", { class: "none unknown-note", text: t("letters") + ": " + t("unread") }) : h.silent.length ? el("ol", { class: "silent" }, h.silent.map((one) => el("li", { text: one }))) : el("p", { class: "none", text: t("nobody_silent") }), leftOut(h.silent_left_out)]),
      el("section", {}, [el("h3", {}, head("next_three")), h.next.length ? el("ul", { class: "deadlines" }, h.next.map((one) => deadlineLine(one, now))) : nothingDue(doc)]),
    ]),
  ];
}

function drawLists(doc) {
  if (!doc.lists) return [el("p", { class: "none", text: t("no_lists") })];
  return [el("div", { class: "stages" }, doc.lists.map((stage, n) => el("section", { class: "stage" + (stage.known ? "" : " unknown"), "data-stage": stage.id }, [
    el("h2", {}, [el("span", { class: "step", text: String(n + 1) }), stage.words]),
    el("p", { class: "sub", text: stage.what }),
    stage.known ? el("p", { class: "stage-figure" }, [el("b", { text: figure(stage.done) }), el("span", { text: " / " + figure(stage.all) }), el("small", { text: t("done") })]) : el("p", { class: "none", text: t("not_kept") }),
    stage.known ? el("span", { class: "meter", "aria-hidden": "true" }, [wide(el("span"), stage.all ? (100 * stage.done) / stage.all : 0)]) : null,
    stage.overdue ? el("p", { class: "late-note", text: t("overdue") + " " + figure(stage.overdue) }) : null,
    el("ul", { class: "items" }, stage.items.map((item) => el("li", { class: item.state === "overdue" ? "late" : item.state === "done" ? "made" : "" }, [
      el("span", { class: "what" }, [el("span", { text: item.words }), el("small", { text: item.who })]),
      el("span", { class: "left" }, [item.state === "overdue" ? t("overdue") : item.state === "done" ? t("done") : t("state_open"), item.due_at ? el("small", { text: shortAt(instant(item.due_at)) }) : null]),
    ]))),
    leftOut(stage.left_out),
  ])))];
}
