using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace RtcHub.E2E.Tests.Relay;

/// <summary>Sends a page's media through a relay. To be called before the page is opened.</summary>
internal static class Through
{
    /// <summary>What a page publishes by WHIP or plays by WHEP: candidates come in the answers to POST and PATCH.</summary>
    public static Task WhipThroughAsync(this IPage page, LossyRelay relay) => page.RouteAsync(new Regex("/wh[ie]p/"), async route =>
    {
        if (route.Request.Method is not ("POST" or "PATCH"))
        {
            await route.ContinueAsync();
            return;
        }

        var response = await route.FetchAsync();
        await route.FulfillAsync(new() { Response = response, Body = relay.Rewrite(await response.TextAsync()) });
    });

    /// <summary>A meeting: candidates come in the descriptions of the media service, which the page rewrites before it uses them.</summary>
    public static async Task MeetingThroughAsync(this IPage page, LossyRelay relay)
    {
        await page.ExposeFunctionAsync<string, string>("throughRelay", relay.Rewrite);
        await page.AddInitScriptAsync("""
            const set = RTCPeerConnection.prototype.setRemoteDescription;
            RTCPeerConnection.prototype.setRemoteDescription = async function ({ type, sdp }) {
              return set.call(this, { type, sdp: await throughRelay(sdp) });
            };
            """);
    }
}
