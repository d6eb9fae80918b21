using System.Diagnostics;

namespace RtcHub.E2E.Tests.NatLab;

/// <summary>
/// Who can meet whom, and how: real Chromium behind real translations. The few pairs that differ most run always, all of them with
/// <c>./test.sh --natlab</c>.
/// </summary>
public sealed class NatLabTests(Lab lab) : IClassFixture<Lab>
{
    private const int Limit = 240_000;
    private static readonly bool Whole = Environment.GetEnvironmentVariable("RTCHUB_NATLAB") == "1";

    public static TheoryData<Nat, Nat> Pairs
    {
        get
        {
            var pairs = new TheoryData<Nat, Nat>();
            if (!Whole)
            {
                pairs.Add(Nat.TwoLayers, Nat.PortRestricted);
                pairs.Add(Nat.Symmetric, Nat.Symmetric);
                pairs.Add(Nat.UdpBlocked, Nat.Symmetric);
                return pairs;
            }

            var all = Enum.GetValues<Nat>();
            foreach (var a in all)
            {
                foreach (var b in all.Where(b => b >= a)) pairs.Add(a, b);
            }

            return pairs;
        }
    }

    public static TheoryData<Nat> Kinds => Whole ? [.. Enum.GetValues<Nat>()] : [Nat.PortRestricted, Nat.Symmetric, Nat.UdpBlocked];

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Pairs))]
    public async Task Every_pair_meets_and_by_a_relay_only_where_it_must(Nat a, Nat b)
    {
        Lab.Require();
        var (left, right) = (await lab.HomeAsync(a), await lab.HomeAsync(b, which: a == b ? 1 : 0));
        var room = $"pair-{a}-{b}";
        var ada = await Person.JoinAsync(left.Browser, lab.Hub, room, "Ada", 5);
        var began = Stopwatch.StartNew();
        var bo = await Person.JoinAsync(right.Browser, lab.Hub, room, "Bo", 10);
        await ada.SeesAsync(1);
        await bo.SeesAsync(1);
        var connected = began.ElapsedMilliseconds;
        await ada.SeesPictureOfAsync(bo);
        await bo.SeesPictureOfAsync(ada);

        // The first pair that works is taken at once, and a better one may follow it.
        var expected = !NatBehaviour.Meet(NatBehaviour.Of(a), NatBehaviour.Of(b));
        var path = await PathAsync(ada, bo);
        for (var waited = Stopwatch.StartNew(); path.IsRelayed != expected && waited.Elapsed < TimeSpan.FromSeconds(15); await Task.Delay(200, TestContext.Current.CancellationToken))
            path = await PathAsync(ada, bo);
        Lab.Report($"{a} with {b}", $"{path.Here} to {path.There}, {path.Protocols}, connected after {connected} ms");
        Assert.Equal(expected, path.IsRelayed);
        await LeaveAsync(ada, bo);
    }

    [Theory(Timeout = Limit)]
    [MemberData(nameof(Kinds))]
    public async Task The_lab_page_says_what_the_NAT_is(Nat nat)
    {
        Lab.Require();
        var home = await lab.HomeAsync(nat);
        var page = new Page(await home.Browser.NewPageAsync());
        await page.Browser.GotoAsync($"{lab.Hub.Address}lab");
        await page.Hook("nat-verdict").WaitForAsync();
        Assert.Equal(NatBehaviour.Of(nat).Verdict, await page.Hook("nat-verdict").GetAttributeAsync("data-type"));
        await page.Browser.Context.CloseAsync();
    }

    [Fact(Timeout = Limit)]
    public async Task A_meeting_works_from_behind_every_one_of_them()
    {
        Lab.Require();
        var homes = new List<Home>();
        foreach (var nat in Whole ? Enum.GetValues<Nat>() : [Nat.Symmetric, Nat.UdpBlocked]) homes.Add(await lab.HomeAsync(nat));
        var people = await MeetAsync("sfu", [.. homes]);
        foreach (var one in people)
        {
            foreach (var other in people.Where(other => other != one)) await one.SeesPictureOfAsync(other);
            var path = await one.EvaluateAsync<string>("async () => { const { local } = await rtchub.call.lab.publication(); return `${local.candidateType} ${local.relayProtocol ?? local.protocol}`; }");
            Lab.Report($"Meeting from {one.Name}", path);
        }

        await LeaveAsync(people);
    }

    [Theory(Timeout = Limit)]
    [InlineData("p2p", false)]
    [InlineData("p2p", true)]
    [InlineData("sfu", false)]
    [InlineData("sfu", true)]
    public async Task Whose_address_changes_is_seen_and_heard_again_within_three_seconds(string mode, bool ofRouter)
    {
        Lab.Require();
        var (moving, staying) = (await lab.HomeAsync(Nat.PortRestricted), await lab.HomeAsync(Nat.TwoLayers));
        var people = await MeetAsync(mode, moving, staying);
        foreach (var one in people) await one.SeesPictureOfAsync(people.Single(other => other != one));
        var gaps = await Gaps.DuringAsync(people, async () =>
        {
            await UntilSeenAfterAsync(2000, people); // the call is under way
            if (ofRouter) moving.ReaddressRouter();
            else moving.Readdress();
            await UntilSeenAfterAsync(1500, people); // what was on its way has arrived
        });
        Lab.Report($"Address of the {(ofRouter ? "router" : "machine")} changed, {mode}", string.Join(", ", gaps.Select(gap => $"{gap.Video:0} ms without a picture, {gap.Audio:0} without sound")));
        Assert.All(gaps, gap => Assert.InRange(gap.Video - gap.Lag, 0, 3000));
        await LeaveAsync(people);
    }

    private static async Task UntilSeenAfterAsync(int ms, Person[] people)
    {
        foreach (var one in people) await one.EvaluateAsync<object>("() => { watch.since = performance.now(); }");
        foreach (var one in people) await one.UntilAsync("(ms) => performance.now() > watch.since + ms && Object.values(watch.video).every(({ last }) => performance.now() - last < 200)", ms);
    }

    private async Task<Person[]> MeetAsync(string mode, params Home[] homes)
    {
        var room = $"{mode}-{Guid.NewGuid():N}"[..12];
        var people = new List<Person>();
        foreach (var home in homes)
        {
            var person = new Person(await home.Browser.NewPageAsync(), home.Nat.ToString(), 3 + people.Count);
            if (people.Count == 0) await person.Browser.GotoAsync($"{lab.Hub.Address}lab");
            if (people.Count == 0) await person.EvaluateAsync<object>("([id, mode]) => fetch(`/api/v1/rooms/${id}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ mode }) }).then((r) => r.status)", new object[] { room, mode });
            await person.JoinAsync(lab.Hub.Address, room);
            person.Expect("ERR_NETWORK_CHANGED"); // what Chromium was loading when the address went away
            people.Add(person);
        }

        return [.. people];
    }

    private static async Task<Path> PathAsync(Person here, Person there)
    {
        var (a, b) = (await SelectedAsync(here, there), await SelectedAsync(there, here));
        return new Path($"{a[0]}", $"{b[0]}", $"{a[2]}/{b[2]}", new[] { a[0], a[1], b[0], b[1] }.Contains("relay"));
    }

    private static Task<string[]> SelectedAsync(Person here, Person there) => here.EvaluateAsync<string[]>(
        """
        async (id) => {
          const { local, remote } = await rtchub.call.lab.stats(id);
          return [local?.candidateType ?? "", remote?.candidateType ?? "", local?.relayProtocol ?? local?.protocol ?? ""];
        }
        """,
        there.Id);

    private static async Task LeaveAsync(params Person[] people)
    {
        foreach (var one in people) await one.Browser.Context.CloseAsync();
        foreach (var one in people) one.AssertClean();
    }

    /// <param name="Here">The candidate type at the first end of the pair in use.</param>
    /// <param name="There">At the second.</param>
    /// <param name="Protocols">Of both, to the relay where there is one.</param>
    private readonly record struct Path(string Here, string There, string Protocols, bool IsRelayed);
}
