using System.Text;
using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Ice;

public sealed class IceCredentialsTests
{
    [Fact]
    public void Ours_are_random_and_may_stand_in_a_session_description()
    {
        var many = Enumerable.Range(0, 1000).Select(_ => IceCredentials.Create()).ToList();
        Assert.Equal(1000, many.Select(one => one.UfragKey).Distinct().Count());
        Assert.Equal(1000, many.Select(one => one.Password).Distinct().Count());
        Assert.All(many, one =>
        {
            Assert.Matches("^[A-Za-z0-9]{8}$", one.Ufrag);
            Assert.Matches("^[A-Za-z0-9]{24}$", one.Password);
            Assert.True(IceCredentials.TryCreate(one.Ufrag, one.Password, out var read));
            Assert.Equal(one.UfragKey, read.UfragKey);
        });
    }

    [Fact]
    public void The_key_is_found_in_a_check_and_nothing_is_allocated()
    {
        var ours = IceCredentials.Create();
        Assert.True(StunMessage.TryParse(Check.From(Check.Client, ours), out var check));
        Assert.True(IceCredentials.TryGetUfragKey(check, out var key));
        Assert.Equal(ours.UfragKey, key);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) IceCredentials.TryGetUfragKey(check, out key);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sevench:theirs")]
    [InlineData("eightcha")]
    [InlineData("ninechars:theirs")]
    public void A_name_that_is_not_made_here_has_no_key(string username) =>
        Assert.False(IceCredentials.TryGetUfragKey(Encoding.ASCII.GetBytes(username), out _));

    [Fact]
    public void A_message_without_a_name_has_no_key()
    {
        Assert.True(StunMessage.TryParse(Check.Write(null, null), out var message));
        Assert.False(IceCredentials.TryGetUfragKey(message, out _));
    }

    [Theory]
    [InlineData("abc", "1234567890123456789012")]
    [InlineData("abcd", "123456789012345678901")]
    [InlineData("ab d", "1234567890123456789012")]
    [InlineData("abcd", "123456789012345678901\u00E4")]
    [InlineData(null, "1234567890123456789012")]
    [InlineData("abcd", null)]
    public void Theirs_must_keep_to_the_grammar(string? ufrag, string? password) =>
        Assert.False(IceCredentials.TryCreate(ufrag, password, out _));
}
