"""The README's pictures, from the running demo: ``python -m tests.browser.readme_pictures docs/pictures``."""

from __future__ import annotations

import asyncio
import sys
from importlib.resources import as_file, files
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, async_playwright

from tests.lacks import chromium
from tocsin.demo.play import EDITOR, PASSWORD, READER, Demo, running
from tocsin.demo.publisher import load_samples

PHONE: ViewportSize = {"width": 390, "height": 844}


async def take(folder: Path) -> None:
    """Play the demo and take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("tocsin.demo") / "samples") as where:
        samples = load_samples(sorted(where.iterdir()))
    async with running(samples, 0, "push") as demo, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        await demo.sign_up(READER)
        await demo.ready()
        for sample in samples:
            await demo.publish(sample, 4.0)
        await _shoot(browser, demo, folder)
        await browser.close()


async def _shoot(browser: Browser, demo: Demo, folder: Path) -> None:
    alert = next(message for message in demo.inbox.messages if message.message["List-Id"])
    places = {"sign-up": "/", "alert": f"/inbox/{alert.id}/html", "alerts": "/alerts"}
    context = await browser.new_context(viewport=PHONE, device_scale_factor=1)
    page = await context.new_page()
    for name, path in places.items():
        await page.goto(demo.base + path)
        await page.screenshot(path=folder / f"{name}.png")
    await page.goto(f"{demo.base}/desk/login")
    await page.get_by_label("Name").fill(EDITOR)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_selector("#board")
    await page.wait_for_timeout(500)
    await page.screenshot(path=folder / "desk.png")
    await context.close()


if __name__ == "__main__":
    asyncio.run(take(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")))
