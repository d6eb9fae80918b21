using RtcHub.Signal;
using RtcHub.Signal.Hosting;

return await Startup.RunAsync(() => HubApplication.Build(args));
