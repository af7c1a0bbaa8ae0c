"""The dashboard in a real browser: what it shows is what the summaries say, live, whatever the texts are."""
import json

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from harness import kafka
from harness.events import SOURCES, START_MS
from harness.waiting import Pipeline, await_true

LABELS = ["left", "lean left", "center", "center", "center", "lean right", "right", "far right", "left"]
HOSTILE = '<img src=x onerror="document.title=1"><b>Not bold</b> & "quoted" '


def told(number, story, title, **more):
    body = f"The {story} council met on Thursday. It decided on the {story} plan by twelve votes to five. " * 4
    return {"url": f"https://www.{SOURCES[number]}/{story}/{number}", "source": SOURCES[number], "title": title,
            "description": f"The {story} council decided on the plan.", "body": body, "language": "en",
            "published_at": START_MS // 1000 + 60 * number, **more}


def send(cluster, *events):
    kafka.produce(cluster.bootstrap, "articles", [(e["url"], e) for e in events])


def texts(browser, selector):
    """In one go, as the page draws itself anew while we look."""
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((e) => e.innerText.trim())", selector)


def terms(browser, heading):
    """A panel's list of terms, as a dict."""
    return dict(browser.execute_script("""
        const panel = [...document.querySelectorAll(".panel")].find((p) => p.querySelector("h2").innerText === arguments[0]);
        const values = [...(panel?.querySelectorAll("dd") || [])];
        return [...(panel?.querySelectorAll("dt") || [])].map((e, i) => [e.innerText.trim(), values[i].innerText.trim()]);
        """, heading))


def expect_no_sideways_scroll(browser):
    for width in (320, 375, 768):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True})
        wide, inner = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide <= inner == width, f"{wide} of {width} pixels"
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def expect_quiet_console(browser):
    assert browser.get_log("browser") == []


def test_a_story_page_shows_what_its_summary_says(cluster, redis_server, start, browser, tmp_path):
    (tmp_path / "ratings.csv").write_text("domain,name,bias,factuality,country,city\n" + "".join(
        f"{SOURCES[i]},The {SOURCES[i].split('.')[0].title()},{label},high,GB,Leeds\n" for i, label in enumerate(LABELS)))
    daemon = start(ratings=tmp_path / "ratings.csv")
    base = f"http://127.0.0.1:{daemon.port}/"
    browser.get(base)
    await_true("an empty list", lambda: "No story here yet." in browser.page_source, 20)

    # It comes by the stream: nobody reloads the page.
    send(cluster, *[told(i, "harbour", f"Harbour council decides on harbour plan {i}") for i in range(9)])
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    await_true("the story is shown", lambda: any("9 sources" in t for t in texts(browser, ".story")), 20)
    story = daemon.get("/v1/stories")[2]["stories"][0]
    summary = daemon.get(f"/v1/stories/{story['id']}")[2]

    # By keyboard alone.
    for _ in range(30):
        if browser.execute_script("return document.activeElement.matches('.story h2 a')"):
            break
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    await_true("its page", lambda: texts(browser, ".detail h1") == [summary["title"]], 20)

    shown, d = terms(browser, "Coverage details"), summary["biasDistribution"]
    assert shown["Total news sources"] == str(summary["sourceCount"]) == "9"
    assert [shown[t] for t in ("Leaning left", "Center", "Leaning right", "Unrated")] == [
        str(n) for n in (d["leftSrcCount"], d["cntrSrcCount"], d["rightSrcCount"], summary["unratedSourceCount"])]
    assert shown["Bias distribution"] == ", ".join(f"{p['percent']}% {p['side'].title()}" for p in d["headline"])
    label = browser.execute_script("return document.querySelector('.bar[role=img]').getAttribute('aria-label')")
    assert label == f"Left {d['leftPercent']}%, Center {d['cntrPercent']}%, Right {d['rightPercent']}%"
    assert len(texts(browser, ".articles article")) == len(summary["articles"])
    assert "Leeds, United Kingdom" in texts(browser, ".articles article .meta")[0]
    assert texts(browser, ".lead") == [summary["lead"]]
    assert len(texts(browser, ".insights li")) == len(summary["insights"])
    assert terms(browser, "First and fast")["First source"] == "The Courier"
    assert summary["provenance"]["ratingsVersion"] in browser.page_source
    lift = terms(browser, "Beside the feed at large")
    assert lift["Left"] == "× 1", lift  # the only story there is

    # Live here as well.
    send(cluster, told(12, "harbour", "Harbour council decides on harbour plan again", updated_at=START_MS // 1000 + 9000))
    await_true("a tenth source", lambda: terms(browser, "Coverage details").get("Total news sources") == "10", 20)
    expect_no_sideways_scroll(browser)
    expect_quiet_console(browser)
    pipeline.close()


def test_hostile_long_and_right_to_left_texts_stay_texts(cluster, redis_server, start, browser):
    daemon = start()
    titles = {"hostile": HOSTILE + "harbour", "long": "Unbroken" * 60, "arabic": "المجلس يقر خطة الميناء الجديدة اليوم"}
    send(cluster, told(0, "alpha", titles["hostile"], body="", description=""),
         told(1, "bravo", titles["long"], body="", description=""),
         told(2, "charlie", titles["arabic"], language="ar", body="", description="قرر المجلس اليوم"))
    pipeline = Pipeline(cluster.bootstrap, redis_server.client())
    pipeline.await_settled([daemon])
    pipeline.close()
    browser.get(f"http://127.0.0.1:{daemon.port}/")
    await_true("three stories", lambda: len(texts(browser, ".story")) == 3, 20)
    assert browser.title == "newswired" and not browser.find_elements(By.CSS_SELECTOR, "main img, main h2 b")
    assert browser.execute_script("""
        const title = [...document.querySelectorAll(".story h2")].find((e) => e.innerText.includes(arguments[0]));
        return getComputedStyle(title).direction""", titles["arabic"]) == "rtl"
    expect_no_sideways_scroll(browser)

    # Filters: words of the title, then a language.
    search = browser.find_element(By.CSS_SELECTOR, "input[type=search]")
    search.send_keys("unbroken")
    await_true("one story", lambda: [t[:8] for t in texts(browser, ".story h2")] == ["Unbroken"], 20)
    assert browser.switch_to.active_element == search  # what is typed is not lost when the list is drawn
    search.send_keys(Keys.CONTROL + "a", Keys.DELETE)
    search.send_keys("nothing like it")
    await_true("none", lambda: "No story here for this filter." in browser.page_source, 20)
    search.send_keys(Keys.CONTROL + "a", Keys.DELETE)
    await_true("all again", lambda: len(texts(browser, ".story")) == 3, 20)
    choice = browser.find_element(By.CSS_SELECTOR, "select[aria-label=language]")
    choice.find_element(By.CSS_SELECTOR, "option[value=ar]").click()
    await_true("the Arabic one", lambda: texts(browser, ".story h2") == [titles["arabic"]], 20)

    story = daemon.get("/v1/stories?language=ar")[2]["stories"][0]["id"]
    browser.get(f"http://127.0.0.1:{daemon.port}/#/story/{story}")
    await_true("its page", lambda: texts(browser, ".detail h1") == [titles["arabic"]], 20)
    expect_no_sideways_scroll(browser)
    browser.get(f"http://127.0.0.1:{daemon.port}/#/story/" + "0" * 32)
    await_true("said", lambda: "There is no such story" in browser.page_source, 20)
    errors = [line for line in browser.get_log("browser") if "404" not in line["message"]]
    assert errors == [], json.dumps(errors)


def test_the_page_goes_on_without_its_daemon_and_comes_back(cluster, redis_server, start, browser):
    daemon = start()
    browser.get(f"http://127.0.0.1:{daemon.port}/")
    await_true("ready", lambda: "ready" in browser.find_element(By.ID, "state").text, 20)
    assert daemon.stop() == 0
    await_true("said", lambda: "bad" in browser.find_element(By.ID, "state").get_attribute("class"), 30)
    daemon.start()
    send(cluster, told(0, "delta", "Delta council decides on its plan"))
    await_true("back, with what is new", lambda: texts(browser, ".story h2") == ["Delta council decides on its plan"], 90)
