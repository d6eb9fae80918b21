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

    /// <summary>A meeting: candidates come over the signalling socket.</summary>
    public static Task MeetingThroughAsync(this IPage page, LossyRelay relay) => page.RouteWebSocketAsync("**/ws", socket =>
    {
        var hub = socket.ConnectToServer();
        hub.OnMessage(frame => socket.Send(relay.Rewrite(frame.Text ?? "")));
    });
}
