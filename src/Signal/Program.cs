using RtcHub.Sfu.Hosting;
using RtcHub.Signal;
using RtcHub.Signal.Hosting;

SocketThreads.Prepare();
return args is [HealthCheck.Verb, ..]
    ? await HealthCheck.RunAsync(args.ElementAtOrDefault(1) ?? "http://localhost:8080/healthz")
    : await Startup.RunAsync(() => HubApplication.Build(args));
