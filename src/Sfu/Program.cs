using RtcHub.Sfu.Hosting;

return await SfuApplication.RunAsync(args);
