using System.Globalization;

namespace Remote.Tests;

[Trait("Behaviour", "O-08")]
public sealed class UnixPathTests
{
    private static readonly string Longest = "/" + new string('x', UnixPath.MaxBytes - 1);

    [Theory]
    [InlineData("@name", "abstract socket")]
    [InlineData("\0name", "abstract socket")]
    [InlineData("relative", "no absolute path")]
    [InlineData("/run/a\0b", "zero byte")]
    [InlineData("/run/", "is a directory")]
    [InlineData("", "is empty")]
    public void FaultOf_PathThatCannotBe_SaysWhy(string path, string reason)
    {
        Assert.Contains(reason, UnixPath.FaultOf(path), StringComparison.Ordinal);
        Assert.False(PeerAddress.IsValid("unix://" + path));

        // To whoever dials it, and to whoever configures it: without a character that no terminal shows.
        var dialled = Assert.Throws<RemoteException>(() => PeerTarget.Parse("unix://" + path)).Message;
        var configured = Assert.Single(RemoteOptionsValidator.Validate(new RemoteOptions { UnixSocketPath = path }));
        Assert.All([dialled, configured], message => Assert.Contains(reason, message, StringComparison.Ordinal));
        Assert.All([dialled, configured], message => Assert.DoesNotContain('\0', message));
    }

    [Fact]
    public void FaultOf_PathOf107Bytes_IsNoneAndOneMoreIsNamed()
    {
        Assert.Null(UnixPath.FaultOf(Longest));
        Assert.True(PeerAddress.IsValid("unix://" + Longest));
        Assert.Equal(Longest, PeerTarget.Parse("unix://" + Longest).EndPoint.ToString());
        Assert.Empty(RemoteOptionsValidator.Validate(new RemoteOptions { UnixSocketPath = Longest }));

        Assert.Contains("108 bytes", UnixPath.FaultOf(Longest + "x"), StringComparison.Ordinal);
        Assert.Contains("107", Assert.Throws<RemoteException>(() => PeerTarget.Parse($"unix://{Longest}x")).Message, StringComparison.Ordinal);
        var faults = RemoteOptionsValidator.Validate(new RemoteOptions { UnixSocketPath = Longest + "x" });
        Assert.Contains("108 bytes", Assert.Single(faults), StringComparison.Ordinal);

        // Bytes, not characters.
        Assert.Contains("109 bytes", UnixPath.FaultOf(string.Create(CultureInfo.InvariantCulture, $"/{new string('ä', 54)}")), StringComparison.Ordinal);
    }
}
