namespace RtcHub.Rtc.Srtp;

/// <summary>Master keys and salts of one transport, with the roles resolved.</summary>
/// <param name="Profile">What they are for; says how long they are.</param>
/// <param name="LocalKey">Seals what we send.</param>
/// <param name="LocalSalt">Belongs to it.</param>
/// <param name="RemoteKey">Opens what the peer sends.</param>
/// <param name="RemoteSalt">Belongs to it.</param>
public sealed record SrtpKeys(SrtpProfile Profile, byte[] LocalKey, byte[] LocalSalt, byte[] RemoteKey, byte[] RemoteSalt);
