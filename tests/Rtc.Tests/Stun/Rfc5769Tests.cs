using System.Security.Cryptography;
using System.Text;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Stun;

public sealed class Rfc5769Tests
{
    [Fact]
    public void Sample_request_reads_as_the_rfc_says()
    {
        Assert.True(StunMessage.TryParse(Vectors.Request, out var message));
        Assert.Equal(StunClass.Request, message.Class);
        Assert.Equal(StunMethod.Binding, message.Method);
        Assert.Equal("B7E7A701BC34D686FA87DFAE", Convert.ToHexString(message.TransactionId));
        Assert.True(message.TryGetText(StunAttributeType.Software, out var software));
        Assert.Equal("STUN test client", software);
        Assert.True(message.TryGetText(StunAttributeType.Username, out var username));
        Assert.Equal("evtj:h6vY", username);
        Assert.True(message.TryGetUInt32(StunAttributeType.Priority, out var priority));
        Assert.Equal(0x6E0001FFu, priority);
        Assert.True(message.TryGetUInt64(StunAttributeType.IceControlled, out var tieBreaker));
        Assert.Equal(0x932FF9B151263B36ul, tieBreaker);
        Assert.True(StunIntegrity.Verify(message, Vectors.ShortTermPassword));
        Assert.True(StunIntegrity.VerifyFingerprint(message));
        Assert.False(StunIntegrity.VerifySha256(message, Vectors.ShortTermPassword));
    }

    [Theory]
    [InlineData(false, "192.0.2.1:32853")]
    [InlineData(true, "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    public void Sample_responses_carry_the_mapped_address(bool v6, string expected)
    {
        Assert.True(StunMessage.TryParse(v6 ? Vectors.ResponseIPv6 : Vectors.ResponseIPv4, out var message));
        Assert.Equal(StunClass.Success, message.Class);
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped));
        Assert.Equal(expected, mapped.ToString());
        Assert.True(StunIntegrity.Verify(message, Vectors.ShortTermPassword));
        Assert.True(StunIntegrity.VerifyFingerprint(message));
    }

    [Theory]
    [InlineData(false, "192.0.2.1:32853")]
    [InlineData(true, "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    public void Sample_responses_are_written_as_the_rfc_has_them_but_for_the_padding(bool v6, string mapped)
    {
        var expected = v6 ? Vectors.ResponseIPv6 : Vectors.ResponseIPv4;
        Assert.True(StunMessage.TryParse(expected, out var sample));
        Assert.True(Address.TryParse(mapped, out var address));
        var buffer = new byte[128];
        var writer = new StunWriter(buffer, StunClass.Success, StunMethod.Binding, sample.TransactionId);
        writer.AddText(StunAttributeType.Software, "test vector");
        writer.AddXorAddress(StunAttributeType.XorMappedAddress, address);
        Assert.True(writer.TryFinish(out var length));

        // The RFC pads with spaces where this writer pads with zeros, so what covers the padding differs and is left out here.
        var (start, end) = (StunMessage.HeaderLength, length);
        expected[start + 4 + "test vector".Length] = 0;
        Assert.Equal(Convert.ToHexString(expected[start..end]), Convert.ToHexString(buffer[start..end]));
    }

    [Fact]
    public void Long_term_request_is_right_for_its_key_and_for_no_other()
    {
        Assert.True(StunMessage.TryParse(Vectors.LongTermRequest, out var message));
        Assert.True(message.TryGetText(StunAttributeType.Username, out var username));
        Assert.Equal(Vectors.LongTermUser, username);
        Assert.True(message.TryGetText(StunAttributeType.Nonce, out var nonce));
        Assert.Equal("f//499k954d6OL34oL9FSTvy64sA", nonce);
        Assert.True(message.TryGetText(StunAttributeType.Realm, out var realm));
        Assert.Equal(Vectors.LongTermRealm, realm);
        Assert.True(StunIntegrity.Verify(message, StunIntegrity.LongTermKey(username, realm, Vectors.LongTermPassword)));
        Assert.False(StunIntegrity.Verify(message, StunIntegrity.LongTermKey(username, realm, "TheMatrix")));
        Assert.False(StunIntegrity.VerifyFingerprint(message));
    }

    [Fact]
    public void Long_term_request_is_written_byte_for_byte()
    {
        var expected = Vectors.LongTermRequest;
        Assert.True(StunMessage.TryParse(expected, out var sample));
        var buffer = new byte[256];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, sample.TransactionId);
        writer.AddText(StunAttributeType.Username, Vectors.LongTermUser);
        writer.AddText(StunAttributeType.Nonce, "f//499k954d6OL34oL9FSTvy64sA");
        writer.AddText(StunAttributeType.Realm, Vectors.LongTermRealm);
        writer.AddIntegrity(StunIntegrity.LongTermKey(Vectors.LongTermUser, Vectors.LongTermRealm, Vectors.LongTermPassword));
        Assert.True(writer.TryFinish(out var length));
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(buffer.AsSpan(0, length)));
    }

    [Fact]
    public void Sha256_request_of_rfc_8489_is_right_for_its_key_and_for_no_other()
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{Vectors.LongTermUser}:{Vectors.LongTermRealm}:{Vectors.LongTermPassword}"));
        Assert.True(StunMessage.TryParse(Vectors.Sha256Request, out var message));
        Assert.True(StunIntegrity.VerifySha256(message, key));
        key[0] ^= 1;
        Assert.False(StunIntegrity.VerifySha256(message, key));
    }
}
