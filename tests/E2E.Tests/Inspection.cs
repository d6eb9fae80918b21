namespace RtcHub.E2E.Tests;

/// <summary>What is wrong with a page at a glance, whatever it shows: each gives the elements at fault.</summary>
internal static class Inspection
{
    /// <summary>What sticks out to the right of the window, so that the page scrolls sideways.</summary>
    public const string Overflowing = """
        () => {
          const { scrollWidth, clientWidth } = document.documentElement;
          if (scrollWidth <= clientWidth) return [];
          const out = [...document.body.querySelectorAll("*")].filter(element => element.getBoundingClientRect().right > clientWidth + 1);
          return [`${scrollWidth} in a window of ${clientWidth}`, ...out.map(element => element.outerHTML.slice(0, 120))];
        }
        """;

    /// <summary>What can be pressed or filled in, and has no name that a screen reader could say.</summary>
    public const string Nameless = """
        () => {
          const text = ids => (ids ?? "").split(/\s+/).map(id => document.getElementById(id)?.textContent ?? "").join("");
          const names = element => [
            element.getAttribute("aria-label"), element.title, text(element.getAttribute("aria-labelledby")),
            ...[...element.labels ?? []].map(label => label.textContent),
            ...[...element.querySelectorAll("img")].map(image => image.alt),
            /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) ? "" : element.textContent,
          ];
          return [...document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea, video, [role=button], [role=menuitem]")]
            .filter(element => element.checkVisibility({ visibilityProperty: true }))
            .filter(element => element.tagName !== "VIDEO" || element.controls)
            .filter(element => !names(element).some(name => name?.trim()))
            .map(element => element.outerHTML.slice(0, 160));
        }
        """;

    /// <summary>Words that the dictionary did not know: its keys shown in their place.</summary>
    public const string Untranslated = """
        () => [...document.body.innerText.matchAll(/\b[a-z]+(\.[a-z]+)+\b/g)].map(([word]) => word).filter(word => /^(home|prejoin|call|lab|error|media|over|lobby|chat|files|people|ring|dial|name|devices|room|settings|link)\./.test(word))
        """;
}
