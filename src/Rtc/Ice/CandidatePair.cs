using System.Security.Cryptography;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Ice;

/// <summary>A path and the check that is under way on it, with its repetitions (RFC 8489 section 6.2.1).</summary>
internal sealed class CandidatePair(NetworkPath path, uint priority)
{
    // RTO of RFC 8445 section 14.3. It is not doubled for ever: with one answer in three lost, seven checks in 32 s are too few.
    private const long FirstWait = 500_000;
    private const long LongestWait = 2_000_000;
    private const int MaxSent = 14;

    public NetworkPath Path => path;

    public uint Priority => priority;

    public byte[] TransactionId { get; } = new byte[StunMessage.TransactionIdLength];

    public long Due { get; set; }

    /// <summary>How often the present check was sent.</summary>
    public int Sent { get; private set; }

    /// <summary>The check says USE-CANDIDATE.</summary>
    public bool IsNominating { get; set; }

    /// <summary>It is the nominated path, on which consent is renewed.</summary>
    public bool KeepsConsent { get; private set; }

    public void StartOver(long now) => (Sent, Due, KeepsConsent) = (0, now, false);

    /// <summary>Sends no more.</summary>
    public void Rest() => (Due, IsNominating, KeepsConsent) = (long.MaxValue, false, false);

    /// <summary>Renewals go on nominating, which repairs a server that took another path meanwhile.</summary>
    public void KeepConsent(long due) => (Due, IsNominating, KeepsConsent) = (due, true, true);

    /// <summary>Counts one more sending. False: it was sent often enough, and is given up.</summary>
    public bool TrySend(long now, long consentInterval)
    {
        // Renewals of consent are not repeated; each is a new check (RFC 7675 section 5.1).
        if (KeepsConsent) Sent = 0;
        if (Sent >= MaxSent)
        {
            Rest();
            return false;
        }

        if (Sent++ == 0) RandomNumberGenerator.Fill(TransactionId);
        Due = now + (KeepsConsent ? consentInterval : Math.Min(FirstWait << (Sent - 1), LongestWait));
        return true;
    }
}
