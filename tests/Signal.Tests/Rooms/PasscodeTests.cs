using RtcHub.Signal.Rooms;

namespace RtcHub.Signal.Tests.Rooms;

public sealed class PasscodeTests
{
    [Fact]
    public void The_same_passcode_has_another_hash_each_time_and_fits_all_of_them()
    {
        var (one, other) = (Passcode.Hash("tulip"), Passcode.Hash("tulip"));
        Assert.NotEqual(one, other);
        Assert.True(Passcode.Verify("tulip", one) && Passcode.Verify("tulip", other));
        Assert.DoesNotContain("tulip", one, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Tulip")]
    [InlineData("tulip ")]
    public void Another_one_does_not_fit(string passcode) => Assert.False(Passcode.Verify(passcode, Passcode.Hash("tulip")));

    [Theory]
    [InlineData("tulip")]
    [InlineData("md5$1$AA==$AA==")]
    [InlineData("pbkdf2-sha256$x$AA==$AA==")]
    public void A_hash_of_an_unknown_form_fits_nothing(string stored) => Assert.False(Passcode.Verify("tulip", stored));

    [Fact]
    public void A_hash_from_elsewhere_is_understood()
    {
        // python3 -c "import hashlib,base64;print(base64.b64encode(hashlib.pbkdf2_hmac('sha256',b'tulip',b'0123456789abcdef',100000)))"
        Assert.True(Passcode.Verify("tulip", "pbkdf2-sha256$100000$MDEyMzQ1Njc4OWFiY2RlZg==$pE2YPkXwAoNgVVV+Ai8cNNnuidLMB0XzkOd10CD7ivw="));
    }
}
