import assert from "node:assert/strict";
import { test } from "node:test";

import { ratioOf } from "../../dpnb/pages/page/compare_view.js";
import { sideBySide } from "../../dpnb/pages/page/diff.js";
import { toggled } from "../../dpnb/pages/page/filter_bar.js";
import { InnerRouter, hashOf, routeOf } from "../../dpnb/pages/page/routes.js";
import { changedPlaces } from "../../dpnb/pages/page/runs_table.js";
import { ago, byteSize, localTime, plural, utcTime } from "../../dpnb/pages/page/wording.js";

test("routes come back from addresses as they were, whatever names they hold", () => {
  const routes = [["runs"], ["runs", "run 1/2 #?<한글>"], ["runs", "r/1", "browse", "표/<b> #"], ["compare", "a/b", "c%2F"], ["schedules"], ["disk"]];
  for (const route of routes) assert.deepEqual(routeOf(hashOf(route)), route);
});

test("an address that means nothing leads to all runs", () => {
  for (const hash of ["", "#", "#/nope", "#/compare/a", "#/disk/x", "#/runs/a/b", "#/runs/a/see/b", "#/runs/a/browse/b/c"]) assert.deepEqual(routeOf(hash), ["runs"]);
  assert.deepEqual(routeOf("#/runs/%E0%A4%A"), ["runs", "%E0%A4%A"]);
});

test("in a notebook the pages keep their place themselves", () => {
  const router = new InnerRouter();
  const seen = [];
  const stop = router.listen((route) => seen.push(route));
  router.go(["disk"]);
  stop();
  router.go(["runs"]);
  assert.deepEqual([seen, router.now], [[["disk"]], ["runs"]]);
});

test("a tag is added to what is typed, and taken away again", () => {
  assert.equal(toggled("", "tag", "etl"), "tag:etl");
  assert.equal(toggled("nightly", "tag", "daily report"), 'nightly tag:"daily report"');
  assert.equal(toggled("nightly tag:etl year=2013", "tag", "etl"), "nightly year=2013");
});

test("a tag that begins like another leaves the other alone", () => {
  assert.equal(toggled("tag:etl2", "tag", "etl"), "tag:etl2 tag:etl");
  assert.equal(toggled("tag:etl2 tag:etl", "tag", "etl"), "tag:etl2");
});

test("a diff's lines stand beside each other, changed ones in one row", () => {
  const lines = ["--- a", "+++ b", "@@ -1,4 +1,4 @@", " def f():", "-    return 1", "+    return 2", "+    # --- more", " end", "-gone"];
  assert.deepEqual(sideBySide(lines), [
    { kind: "head", left: "@@ -1,4 +1,4 @@", right: "" },
    { kind: "same", left: "def f():", right: "def f():" },
    { kind: "changed", left: "    return 1", right: "    return 2" },
    { kind: "added", left: "", right: "    # --- more" },
    { kind: "same", left: "end", right: "end" },
    { kind: "removed", left: "gone", right: "" },
  ]);
});

test("a line that was taken away and looks like a diff's head is still a line", () => {
  const rows = sideBySide(["--- a", "+++ b", "@@ -1 +1 @@", "--- x", "+++ y"]);
  assert.deepEqual(rows.at(-1), { kind: "changed", left: "-- x", right: "++ y" });
});

test("instants are told on the reader's clock, sizes and distances in the unit that matters", () => {
  const now = Date.UTC(2026, 10, 30, 12);
  assert.equal(utcTime(now * 1000), "2026-11-30 12:00:00 UTC");
  assert.match(localTime(now * 1000, now), /^today \d\d:\d\d:00$/);
  assert.match(localTime((now - 40 * 86400e3) * 1000, now), /^\d+ Oct /);
  assert.match(localTime((now - 400 * 86400e3) * 1000, now), /2025/);
  assert.deepEqual([90e3, 7200e3, -600e3, 0].map((ms) => ago((now - ms) * 1000, now)), ["2 min ago", "2 h ago", "in 10 min", "1 s ago"]);
  assert.deepEqual([0, 999, 1000, 2_345_678].map(byteSize), ["0 B", "999 B", "1.0 kB", "2.3 MB"]);
  assert.deepEqual([localTime(null), utcTime(undefined), ago(null), byteSize(null)], ["", "", "", ""]);
  assert.deepEqual([plural(1, "run"), plural(2000, "run"), plural(2, "run stays", "runs stay")], ["1 run", "2,000 runs", "2 runs stay"]);
});

test("rows of the same runs are put anew only where they tell something else", () => {
  const runs = (...notes) => notes.map((note, place) => ({ run_id: `r${place}`, note }));
  assert.deepEqual(changedPlaces(runs("a", "b", "c"), runs("a", "x", "c")), [1]);
  assert.deepEqual(changedPlaces(runs("a"), runs("a")), []);
  assert.equal(changedPlaces(runs("a"), runs("a", "b")), null);
  assert.equal(changedPlaces(runs("a", "b"), runs("a", "b").reverse()), null);
});

test("a ratio is told where there is something to divide by", () => {
  assert.deepEqual([ratioOf(2, 3), ratioOf(0, 1), ratioOf(null, 1), ratioOf(1, 25)], ["1.50×", "", "", "25×"]);
});
