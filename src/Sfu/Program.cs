using RtcHub.Sfu.Hosting;

return args is [HealthCheck.Verb, ..]
    ? await HealthCheck.RunAsync(args.ElementAtOrDefault(1) ?? "http://localhost:7880/healthz")
    : await SfuApplication.RunAsync(args);
