// Words of the page: Chinese first, English for whoever asks.
const WORDS = {
  title: ["数字驾驶舱", "Cockpit"],
  drill: ["演练", "EXERCISE"],
  disclaimer: ["风险研判产品,非气象预警信号", "Risk analysis product; not an official weather warning signal"],
  beijing: ["北京时间", "Beijing time"],
  overview: ["态势", "Overview"], handover: ["交接单", "Hand-over"], lists: ["清单", "Lists"], print: ["打印", "Print"],
  leave: ["退出", "Log out"], language: ["EN", "中文"], levels: ["层级", "Levels"],
  due: ["应转移", "to move"], moved: ["已转移", "moved"], in_transit: ["途中", "on the way"], not_moved: ["未转移", "not moved"],
  unaccounted: ["尚未安全", "not yet safe"], grave: ["重点关注", "watch"], answered: ["叫应", "answered"], people: ["人", ""],
  of_due: ["占应转移", "of those to move"], weak: ["特殊群体", "weak"],
  returned: ["已返回", "returned"], left: ["擅自离开", "left"], missing: ["失联", "missing"], deceased: ["遇难", "deceased"],
  sheltered: ["集中安置", "in shelters"], dispersed: ["投亲靠友", "with relatives"], ashore: ["上岸", "ashore"], medical: ["就医", "in hospital"],
  waiting: ["未下达指令", "no order yet"], exempt: ["核减", "taken off"],
  not_notified: ["未通知", "not told"], notified: ["已通知", "told"], refused: ["劝导无效", "refused"], unreached: ["未联系上", "not reached"],
  map: ["五色风险图", "Five-colour map"], now: ["现在", "now"], back_to_now: ["回到现在", "Back to now"],
  ahead: ["未来风险等级", "Tiers to come"], combined: ["综合", "Combined"], issued: ["研判", "analysed"],
  no_tiers: ["没有研判成果", "No published run"], no_outline: ["没有边界数据,见右侧列表", "No outlines here; see the list"],
  beyond: ["研判时段不含此刻", "The run does not cover this hour"], hour_of: ["预报时次", "Valid hour"],
  regions: ["分区转移进度", "Progress by region"], by_city: ["按市", "Cities"], by_county: ["按县", "Counties"],
  region: ["区域", "Region"], progress: ["已转 / 应转", "moved / to move"], letters_short: ["未叫应/超时", "no answer/late"], index: ["闭环指数", "Index"],
  room: ["安置占用", "shelter use"], ready: ["备战", "ready"],
  alarms: ["告警", "Alarms"], no_alarms: ["此刻没有告警", "No alarm now"], merged: ["合并", "merged"], held: ["限流暂缓", "held back"],
  since: ["始于", "since"], per_hour: ["每小时新告警上限", "new alarms an hour, at most"],
  clocks: ["时限", "Deadlines"], no_deadlines: ["没有临近的时限", "Nothing is due"], overdue: ["超时", "overdue"], left_time: ["剩", "in"],
  reports: ["人员伤亡失联报告", "Reports of deaths and missing"], first_report: ["首报", "First"], follow_up: ["续报", "Follow-up"], final_report: ["终报", "Final"],
  reported: ["已报", "made"], waits: ["待报", "due"],
  letters: ["函件与指令", "Letters and orders"], all: ["全部", "all"], open: ["在办", "open"], unanswered: ["未叫应", "no answer"], supervised: ["督办", "supervised"],
  median: ["叫应中位", "median answer"], is_answered: ["已叫应", "answered"], is_not: ["未叫应", "no answer"],
  shelters: ["安置点", "Shelters"], places: ["处", "places"], present: ["在点", "present"], full: ["已满", "full"], near_full: ["将满", "nearly full"], empty: ["空置", "empty"],
  readiness: ["备战核查", "Readiness"], villages: ["村", "villages"], sources: ["数据时效", "Data age"], ago: ["前", "ago"], stale: ["过期", "stale"], unread: ["未读到", "not read"],
  response: ["应急响应", "Response"], no_response: ["未启动", "none"], tier_here: ["本级风险", "Tier here"], worst: ["最高", "worst"],
  left_out: ["另有", "and"], items: ["项", "more"], hidden: ["“·” 为未知或为保护隐私不显示的小数", "· is not known, or small and hidden"],
  sum_line: ["应转移 = 已转移 + 已返回 + 途中 + 未转移 + 擅自离开 + 失联 + 遇难", "to move = moved + returned + on the way + not moved + left + missing + deceased"],
  changes: ["变化", "What changed"], better: ["好转", "better"], worse: ["变差", "worse"], silent: ["尚未应答", "Who has not answered"], next_three: ["最近三个时限", "The next three deadlines"],
  shift_since: ["自上一班接班", "Since the last shift took over"], nobody_silent: ["均已应答", "All have answered"], nothing_changed: ["无变化", "Nothing changed"],
  no_handover: ["没有交接单", "No hand-over sheet"], no_lists: ["没有清单数据", "Nothing is kept to make lists from"],
  not_kept: ["没有数据来源", "nothing is kept"], done: ["已办", "done"], state_open: ["未办", "open"],
  silence: ["服务器无应答", "The server does not answer"], last: ["以下为", "Shown below: the figures of"], data_of: ["的数据", ""], retry: ["正在重试", "trying again"],
  old: ["数据已过期", "Data are stale"], frozen: ["离线静态副本,不会更新", "Static copy, never updated"], data_at: ["数据时间", "data of"],
  login: ["登录", "Log in"], login_how: ["粘贴本设备的令牌或登录链接。令牌只留在本窗口,关闭即清除。", "Paste this device's token or login link. It stays in this window alone and goes when that closes."],
  token: ["设备令牌", "Device token"], region_code: ["区域代码(可不填)", "Region code (may be left empty)"], enter: ["进入", "Enter"],
  wrong_token: ["令牌无效或已到期", "The token is wrong or has expired"], no_token_found: ["没有找到令牌", "No token in this text"],
  not_allowed: ["此令牌无权查看该区域", "This token does not reach that region"], nothing_here: ["没有这个区域或安置点", "No such region or shelter"],
  which_region: ["此令牌不限区域,请填写区域代码", "This token reaches everywhere: name a region"],
  broken: ["服务器出错", "The server failed"], loading: ["正在读取", "Reading"], copy_lacks: ["离线副本不含此页", "Not in this copy"],
  grey: ["无数据", "no data"], hours_page: ["逐时回放", "Hour by hour"], report_page: ["返回风险图与函件", "Map and letters"],
  seconds: ["秒", "s"], minutes: ["分", "min"], hours: ["小时", "h"], days: ["天", "d"],
  updated: ["更新", "updated"], sort: ["排序", "Order"], go_up: ["上一级", "Up"], village: ["村", "village"],
  figures: ["人员清点", "Head-count"], tasks: ["网格任务", "Field tasks"], dangers: ["险情", "Dangers"], supplies: ["物资", "Supplies"],
};
// What the server says in Chinese alone, by its name there; anything else stays as it came.
const ENGLISH = {
  registry: "People", shelters: "Shelters", documents: "Documents", responses: "Responses", run: "Risk analysis", readiness: "Readiness",
  supplies: "Supplies", field_tasks: "Field tasks", dangers: "Dangers",
  wind: "Wind", rain: "Rain", flash_flood: "Flash flood", landslide: "Geo-hazard", storm_tide: "Storm tide", sea_wall: "Sea walls",
  reservoir: "Reservoirs", waves: "Waves", inundation: "Inundation", river_stage: "Rivers", storm_surge: "Surge",
  "风险图": "Risk map", "逐时清点": "Hour by hour", "闭环演练": "Closed loop",
};
// An alarm by its kind.
const ALARMS = {
  deceased: "Dead", missing: "Missing", rescue: "Calls for rescue, no answer", worker: "Field workers missing or not back", left: "Left without leave",
  unreached: "Not reached", danger: "Dangers reported", report: "Report late", refused: "Refuse to leave", silent: "Silent villages", overdue: "Documents past a deadline",
  full: "Shelters full", supplies: "Supplies short", sensor: "Sensors over a limit", not_ready: "Villages not ready",
};
// A document by its type, for its title; its number stays, and its stage and the rung it was lifted to by the server's word.
const DOCUMENTS = {
  risk_notice: "Risk notice", supervision_order: "Supervision order", response_notice: "Response notice", transfer_order: "Transfer order", closing_order: "Closing order", retraction: "Retraction",
  transfer_release: "Release of a transfer", response_end: "End of a response",
};
const DUE = {
  send: "to be sent", answer: "to be answered", feedback: "feedback", repeat: "next feedback", decide: "answer to a refusal", extension: "answer to an extension", verify: "to be checked",
  close: "to be finished", shortfall: "everybody moved", first_report: "first report", follow_up: "follow-up", final_report: "final report", last_safe_hour: "last safe hour",
};
const SAID = {
  "已签发": "signed", "已发送": "sent", "已叫应": "answered", "已受理": "accepted", "办理中": "in progress", "退件待定": "declined", "已反馈": "reported", "退回重办": "sent back",
  "已核查": "verified", "已销号": "closed", "已撤销": "withdrawn", "已被替代": "superseded", "已撤回": "retracted",
  "催办": "urged", "电话提醒": "telephoned", "督办单": "supervision order", "视频抽查": "video check", "派工作组": "team sent", "通报": "named in a circular",
};
const TIERS = {
  "-1": { words: ["灰", "grey"], long: ["无数据", "no data"], ink: "dark" },
  0: { words: ["绿", "green"], long: ["低风险", "low"], ink: "dark" },
  1: { words: ["蓝", "blue"], long: ["较低风险", "moderate"], ink: "light" },
  2: { words: ["黄", "yellow"], long: ["中风险", "medium"], ink: "dark" },
  3: { words: ["橙", "orange"], long: ["较高风险", "high"], ink: "dark" },
  4: { words: ["红", "red"], long: ["高风险", "very high"], ink: "light" },
};
const ROMAN = ["", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"];
let language = 0;

function named(id, words) { return (language && ENGLISH[id]) || words; }
function said(words) { return (language && SAID[words]) || words; }
// Counts and names are those of the server's line; a kind that this page does not know stays as it came.
function alarmWords(alarm, doc) {
  if (!language || !ALARMS[alarm.kind]) return alarm.words;
  const clock = alarm.kind === "report" && (doc.report_clocks || []).filter((one) => one.code === alarm.code)[0];
  const room = /\d+\/\d+$/.exec(alarm.words);
  const places = /\((\d+)处\)/.exec(alarm.words);
  const count = room ? room[0] : alarm.kind === "report" ? (clock && DUE[clock.kind]) || "" : figure(alarm.count) + (places ? " (" + places[1] + " places)" : "");
  return [ALARMS[alarm.kind] + ":", count, alarm.name].filter(Boolean).join(" ");
}
function titleOf(letter) { return language && DOCUMENTS[letter.type] ? DOCUMENTS[letter.type] + " " + letter.number : letter.number + " " + letter.title; }
function dueWords(one) {
  if (!language || !DUE[one.kind]) return one.words;
  const subject = one.words.slice(0, one.words.lastIndexOf(" ") + 1).replace("失联人员已找到", "all found,").replace(/遇难(\d+)人/, "dead $1,").replace(/失联(\d+)人/, "missing $1,").replace("、", " ");
  return subject + DUE[one.kind];
}
function t(name) { return WORDS[name] ? WORDS[name][language] : name; }
// Both languages, the second small: for heads, which visitors read too.
function head(name) {
  const other = WORDS[name][1];
  return language === 0 && other ? [WORDS[name][0], el("small", { lang: "en", text: other })] : [t(name)];
}
function tierKey(tier) { return tier === null || tier === undefined || tier < 0 ? "-1" : String(tier); }
function tierWord(tier) { return TIERS[tierKey(tier)].words[language]; }
function chip(tier, long) {
  const key = tierKey(tier);
  return el("span", { class: "chip tier" + key, text: long ? tierWord(tier) + " " + TIERS[key].long[language] : tierWord(tier), title: TIERS[key].long[language] });
}
