using System.Buffers.Binary;
using CsCheck;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Stun;

public sealed class StunMessageTests
{
    private static readonly byte[] TransactionId = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    private static readonly Gen<Address> AnyAddress =
        Gen.Select(Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]), Gen.UShort, (ip, port) =>
        {
            Assert.True(Address.TryFromIp(ip, port, out var address));
            return address;
        });

    [Fact]
    public void Every_class_and_method_survives() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 0xFFF], Gen.Byte.Array[12]).Sample((c, m, id) =>
        {
            var buffer = new byte[20];
            var writer = new StunWriter(buffer, (StunClass)c, (StunMethod)m, id);
            Assert.True(writer.TryFinish(out var length));
            Assert.True(StunMessage.TryParse(buffer.AsSpan(0, length), out var message));
            Assert.Equal((StunClass)c, message.Class);
            Assert.Equal((StunMethod)m, message.Method);
            Assert.True(message.TransactionId.SequenceEqual(id));
        });

    [Fact]
    public void Every_attribute_survives_with_integrity_and_fingerprint() =>
        Gen.Select(AnyAddress, AnyAddress, Gen.UInt, Gen.ULong, Gen.String, Gen.Byte.Array[1, 64], Gen.Int[300, 699], Gen.UShort.Array[0, 20]).Sample(
            (mapped, origin, priority, tieBreaker, text, key, code, unknown) =>
            {
                var buffer = new byte[4096];
                var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
                writer.AddXorAddress(StunAttributeType.XorMappedAddress, mapped);
                writer.AddAddress(StunAttributeType.ResponseOrigin, origin);
                writer.AddUInt32(StunAttributeType.Priority, priority);
                writer.AddUInt64(StunAttributeType.IceControlling, tieBreaker);
                writer.AddText(StunAttributeType.Username, text);
                writer.Add(StunAttributeType.UseCandidate);
                writer.AddErrorCode(code, "why"u8);
                writer.AddUnknownAttributes([.. unknown.Select(type => (StunAttributeType)type)]);
                writer.AddIntegrity(key);
                writer.AddIntegritySha256(key);
                writer.AddFingerprint();
                Assert.True(writer.TryFinish(out var length));

                Assert.True(StunMessage.TryParse(buffer.AsSpan(0, length), out var message));
                Assert.True(message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mappedBack));
                Assert.Equal(mapped, mappedBack);
                Assert.True(message.TryGetAddress(StunAttributeType.ResponseOrigin, out var originBack));
                Assert.Equal(origin, originBack);
                Assert.True(message.TryGetUInt32(StunAttributeType.Priority, out var priorityBack));
                Assert.Equal(priority, priorityBack);
                Assert.True(message.TryGetUInt64(StunAttributeType.IceControlling, out var tieBreakerBack));
                Assert.Equal(tieBreaker, tieBreakerBack);
                Assert.True(message.TryGet(StunAttributeType.Username, out var username));
                Assert.True(username.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(text)));
                Assert.True(message.TryGet(StunAttributeType.UseCandidate, out var useCandidate));
                Assert.True(useCandidate.IsEmpty);
                Assert.True(message.TryGetErrorCode(out var codeBack));
                Assert.Equal(code, codeBack);
                Assert.True(message.TryGet(StunAttributeType.UnknownAttributes, out var list));
                Assert.Equal(unknown.Length * 2, list.Length);
                for (var i = 0; i < unknown.Length; i++) Assert.Equal(unknown[i], BinaryPrimitives.ReadUInt16BigEndian(list[(2 * i)..]));
                Assert.True(StunIntegrity.Verify(message, key));
                Assert.True(StunIntegrity.VerifySha256(message, key));
                Assert.True(StunIntegrity.VerifyFingerprint(message));
            });

    [Fact]
    public void A_truncated_message_is_no_message_whatever_the_length()
    {
        foreach (var whole in new[] { Vectors.Request, Vectors.ResponseIPv4, Vectors.ResponseIPv6, Vectors.LongTermRequest, Vectors.Sha256Request })
        {
            for (var length = 0; length < whole.Length; length++)
            {
                Assert.False(StunMessage.TryParse(whole.AsSpan(0, length), out _));

                // Nor does it become one that reads on past its end when the header owns up to the shorter length.
                if (length < StunMessage.HeaderLength) continue;
                var cut = whole[..length];
                BinaryPrimitives.WriteUInt16BigEndian(cut.AsSpan(2), (ushort)(length - StunMessage.HeaderLength));
                if (!StunMessage.TryParse(cut, out var message)) continue;
                foreach (var attribute in message) Assert.True(attribute.Offset + 4 + attribute.Value.Length <= length);
                Assert.False(StunIntegrity.VerifyFingerprint(message));
            }

            Assert.True(StunMessage.TryParse(whole, out _));
            Assert.False(StunMessage.TryParse([.. whole, 0], out _));
            Assert.False(StunMessage.TryParse([.. whole, 0, 0, 0, 0], out _));
        }
    }

    [Fact]
    public void Any_flipped_bit_breaks_the_fingerprint_and_any_before_it_the_integrity()
    {
        var key = Vectors.ShortTermPassword;
        var integrityEnd = Vectors.Request.Length - 8;
        for (var bit = 0; bit < Vectors.Request.Length * 8; bit++)
        {
            var flipped = Vectors.Request;
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            if (!StunMessage.TryParse(flipped, out var message)) continue;
            Assert.False(StunIntegrity.VerifyFingerprint(message), $"fingerprint, bit {bit}");

            // MESSAGE-INTEGRITY does not cover what follows it, by design.
            if (bit / 8 < integrityEnd) Assert.False(StunIntegrity.Verify(message, key), $"integrity, bit {bit}");
        }
    }

    [Fact]
    public void What_follows_the_integrity_attribute_is_not_seen()
    {
        var buffer = new byte[256];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
        writer.AddIntegrity("key"u8);
        writer.Add(StunAttributeType.UseCandidate);
        writer.AddFingerprint();
        Assert.True(writer.TryFinish(out var length));
        Assert.True(StunMessage.TryParse(buffer.AsSpan(0, length), out var message));
        Assert.True(StunIntegrity.Verify(message, "key"u8));
        Assert.True(StunIntegrity.VerifyFingerprint(message));
        Assert.False(message.TryGet(StunAttributeType.UseCandidate, out _));
    }

    [Fact]
    public void Of_two_attributes_of_a_type_the_first_counts()
    {
        var buffer = new byte[64];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
        writer.AddUInt32(StunAttributeType.Priority, 1);
        writer.AddUInt32(StunAttributeType.Priority, 2);
        Assert.True(writer.TryFinish(out var length));
        Assert.True(StunMessage.TryParse(buffer.AsSpan(0, length), out var message));
        Assert.True(message.TryGetUInt32(StunAttributeType.Priority, out var priority));
        Assert.Equal(1u, priority);
    }

    [Fact]
    public void A_buffer_that_is_too_small_spoils_the_message_and_nothing_else()
    {
        Assert.True(Address.TryParse("[2001:db8::7]:40000", out var address));
        var needed = Write(new byte[1024]);
        Assert.NotEqual(0, needed);
        for (var size = 0; size < needed; size++)
        {
            var buffer = new byte[size + 64];
            buffer.AsSpan(size).Fill(0xEE);
            Assert.Equal(0, Write(buffer.AsSpan(0, size)));
            Assert.Equal(-1, buffer.AsSpan(size).IndexOfAnyExcept((byte)0xEE));
        }

        int Write(Span<byte> buffer)
        {
            var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
            writer.Add(StunAttributeType.Software, "RtcHub"u8);
            writer.AddText(StunAttributeType.Username, Vectors.LongTermUser);
            writer.AddUInt32(StunAttributeType.Priority, 1);
            writer.AddUInt64(StunAttributeType.IceControlled, 1);
            writer.AddAddress(StunAttributeType.MappedAddress, address);
            writer.AddXorAddress(StunAttributeType.XorMappedAddress, address);
            writer.AddErrorCode(420, "why"u8);
            writer.AddUnknownAttributes([StunAttributeType.Lifetime]);
            writer.AddIntegrity("key"u8);
            writer.AddIntegritySha256("key"u8);
            writer.AddFingerprint();
            Assert.Equal(writer.TryFinish(out var length), length > 0);
            return length;
        }
    }

    [Fact]
    public void What_16_bits_cannot_count_is_not_written()
    {
        var buffer = new byte[200_000];
        var tooLong = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
        tooLong.Add(StunAttributeType.Software, new byte[65_536]);
        Assert.False(tooLong.TryFinish(out _));

        var tooMany = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
        tooMany.Add(StunAttributeType.Software, new byte[40_000]);
        Assert.True(tooMany.TryFinish(out _));
        tooMany.Add(StunAttributeType.Software, new byte[40_000]);
        Assert.False(tooMany.TryFinish(out _));
    }

    [Theory]
    [InlineData(StunAttributeType.XorMappedAddress)]
    [InlineData(StunAttributeType.MappedAddress)]
    public void An_address_whose_family_and_length_disagree_is_none(StunAttributeType type)
    {
        foreach (var (family, length) in new[] { (1, 20), (2, 8), (0, 8), (3, 20), (1, 4), (1, 0), (2, 19) })
        {
            var value = new byte[length];
            if (length > 1) value[1] = (byte)family;
            var buffer = new byte[64];
            var writer = new StunWriter(buffer, StunClass.Success, StunMethod.Binding, TransactionId);
            writer.Add(type, value);
            Assert.True(writer.TryFinish(out var written));
            Assert.True(StunMessage.TryParse(buffer.AsSpan(0, written), out var message));
            Assert.False(message.TryGetAddress(type, out _));
            Assert.False(message.TryGetXorAddress(type, out _));
        }
    }
}
