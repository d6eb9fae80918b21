using RtcHub.Signal;

var app = HubApplication.Build(args);
await app.RunAsync();
