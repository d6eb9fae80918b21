using System.Collections.Concurrent;
using NBomber.CSharp;
using RtcHub.Load.Scenarios;
using RtcHub.Load.Servers;

// The scenarios of load/Scenarios in the hands of NBomber: calls at a rate, and rooms over REST, against a hub that runs.
//   dotnet run -c Release --project load/NBomber -p:WithNBomber=true -- http://127.0.0.1:8080 [calls per second]
var hub = new Uri(args.ElementAtOrDefault(0) ?? "http://127.0.0.1:8080");
var rate = int.Parse(args.ElementAtOrDefault(1) ?? "50", System.Globalization.CultureInfo.InvariantCulture);
var time = TimeSpan.FromSeconds(30);
using var server = await SignallingServer.AtAsync(hub, null, null, CancellationToken.None);

await using var calls = new CallScenario(server.Factory, server.Routes(1), 100, TimeSpan.FromMilliseconds(5), "nbomber");
await using var rooms = new RoomScenario(server.Url, null, 8, "nbomber-room");

NBomberRunner.RegisterScenarios(
    Of(calls).WithLoadSimulations(Simulation.Inject(rate, TimeSpan.FromSeconds(1), time)),
    Of(rooms).WithLoadSimulations(Simulation.KeepConstant(rooms.Lanes, time))).Run();

foreach (var wrong in (await calls.FinishAsync(CancellationToken.None)).Concat(await rooms.FinishAsync(CancellationToken.None))) Console.WriteLine(wrong);

// A step runs in a lane that is free; NBomber may start more at a time than there are lanes, and then that is said.
static NBomber.Contracts.ScenarioProps Of(IScenario scenario)
{
    var free = new ConcurrentQueue<int>(Enumerable.Range(0, scenario.Lanes));
    return Scenario.Create(scenario.Name, async context =>
    {
        if (!free.TryDequeue(out var lane)) return Response.Fail(message: "All lanes are busy.");
        try
        {
            await scenario.StepAsync(lane, CancellationToken.None);
            return Response.Ok();
        }
        finally
        {
            free.Enqueue(lane);
        }
    }).WithInit(_ => scenario.PrepareAsync(CancellationToken.None)).WithoutWarmUp();
}
