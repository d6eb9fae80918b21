using System.Buffers.Binary;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Stun;

public sealed class StunBindingTests
{
    private static readonly byte[] TransactionId = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    private delegate void Attributes(ref StunWriter writer);

    [Theory]
    [InlineData("192.0.2.7:40000", 32)]
    [InlineData("[2001:db8::7]:40000", 44)]
    public void A_request_learns_its_source(string source, int expectedLength)
    {
        Assert.True(Address.TryParse(source, out var from));
        var response = new byte[128];
        Assert.True(StunBinding.TryRespond(Request(), from, response, out var length));
        Assert.Equal(expectedLength, length);
        Assert.True(StunMessage.TryParse(response.AsSpan(0, length), out var message));
        Assert.Equal(StunClass.Success, message.Class);
        Assert.Equal(StunMethod.Binding, message.Method);
        Assert.True(message.TransactionId.SequenceEqual(TransactionId));
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped));
        Assert.Equal(from, mapped);
    }

    [Fact]
    public void The_request_of_rfc_5769_is_answered_with_a_fingerprint_as_it_had_one()
    {
        Assert.True(Address.TryParse("192.0.2.1:32853", out var from));
        var response = new byte[128];
        Assert.True(StunBinding.TryRespond(Vectors.Request, from, response, out var length));
        Assert.True(StunMessage.TryParse(response.AsSpan(0, length), out var message));
        Assert.True(StunIntegrity.VerifyFingerprint(message));
        Assert.False(message.TryGet(StunAttributeType.MessageIntegrity, out _));
    }

    [Fact]
    public void A_wrong_fingerprint_gets_no_answer()
    {
        var request = Vectors.Request;
        request[^1] ^= 1;
        Assert.False(StunBinding.TryRespond(request, default, new byte[128], out _));
    }

    [Theory]
    [InlineData(0x0003)] // CHANGE-REQUEST
    [InlineData(0x0027)] // RESPONSE-PORT
    [InlineData(0x7FFF)]
    public void An_attribute_that_must_be_understood_and_is_not_gets_420(int type)
    {
        var response = new byte[128];
        var request = Request((ref StunWriter writer) => writer.Add((StunAttributeType)type, [0, 0, 0, 2]));
        Assert.True(StunBinding.TryRespond(request, default, response, out var length));
        Assert.True(StunMessage.TryParse(response.AsSpan(0, length), out var message));
        Assert.Equal(StunClass.Error, message.Class);
        Assert.True(message.TryGetErrorCode(out var code));
        Assert.Equal(420, code);
        Assert.True(message.TryGet(StunAttributeType.UnknownAttributes, out var unknown));
        Assert.Equal(type, BinaryPrimitives.ReadUInt16BigEndian(unknown));
    }

    [Fact]
    public void An_attribute_that_may_be_ignored_is()
    {
        var response = new byte[128];
        var request = Request((ref StunWriter writer) => writer.Add((StunAttributeType)0xC057, [0, 0, 0, 2]));
        Assert.True(StunBinding.TryRespond(request, default, response, out var length));
        Assert.True(StunMessage.TryParse(response.AsSpan(0, length), out var message));
        Assert.Equal(StunClass.Success, message.Class);
    }

    [Theory]
    [InlineData(StunClass.Indication, StunMethod.Binding)]
    [InlineData(StunClass.Success, StunMethod.Binding)]
    [InlineData(StunClass.Error, StunMethod.Binding)]
    [InlineData(StunClass.Request, StunMethod.Allocate)]
    [InlineData(StunClass.Request, (StunMethod)0)]
    public void What_is_no_binding_request_gets_no_answer(StunClass @class, StunMethod method)
    {
        var buffer = new byte[20];
        _ = new StunWriter(buffer, @class, method, TransactionId);
        Assert.False(StunBinding.TryRespond(buffer, default, new byte[128], out var length));
        Assert.Equal(0, length);
    }

    [Fact]
    public void The_answer_gets_no_answer()
    {
        var response = new byte[128];
        Assert.True(StunBinding.TryRespond(Request(), default, response, out var length));
        Assert.False(StunBinding.TryRespond(response.AsSpan(0, length), default, new byte[128], out _));
    }

    [Fact]
    public void Many_unknown_attributes_do_not_make_a_long_answer()
    {
        var request = Request((ref StunWriter writer) =>
        {
            for (var i = 0; i < 300; i++) writer.Add((StunAttributeType)(0x4000 + i));
        });
        Assert.True(StunBinding.TryRespond(request, default, new byte[128], out var length));
        Assert.InRange(length, 20, 64);
    }

    [Fact]
    public void Too_small_a_room_for_the_answer_means_none()
    {
        for (var size = 0; size < 32; size++)
        {
            Assert.True(Address.TryParse("192.0.2.7:40000", out var from));
            Assert.False(StunBinding.TryRespond(Request(), from, new byte[size], out _));
        }
    }

    [Fact]
    public void An_answer_allocates_nothing()
    {
        var plain = Request();
        var check = Vectors.Request; // With fingerprint and integrity, as an ICE agent sends it.
        var response = new byte[128];
        Assert.True(Address.TryParse("[2001:db8::7]:40000", out var from));
        Round(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round(int times)
        {
            for (var i = 0; i < times; i++)
            {
                if (!StunBinding.TryRespond(plain, from, response, out _) || !StunBinding.TryRespond(check, from, response, out _)
                    || !StunMessage.TryParse(check, out var message) || !StunIntegrity.Verify(message, Vectors.ShortTermPassword))
                    throw new InvalidOperationException("no answer");
            }
        }
    }

    private static byte[] Request(Attributes? add = null)
    {
        var buffer = new byte[4096];
        var writer = new StunWriter(buffer, StunClass.Request, StunMethod.Binding, TransactionId);
        add?.Invoke(ref writer);
        Assert.True(writer.TryFinish(out var length));
        return buffer[..length];
    }
}
