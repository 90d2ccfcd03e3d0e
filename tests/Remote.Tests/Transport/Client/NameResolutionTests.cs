using System.Net;
using Remote.Testing;

namespace Remote.Tests;

[Trait("Behaviour", "T-18")]
public sealed class NameResolutionTests : IDisposable
{
    private static readonly IPAddress[] Answer = [IPAddress.Loopback];

    private readonly ManualResetEventSlim _answers = new();
    private readonly EventProbe _asked = new();
    private readonly NameResolution _names;

    public NameResolutionTests() => _names = new NameResolution(places: 1, Resolve);

    public void Dispose()
    {
        _answers.Set();
        _answers.Dispose();
        _asked.Dispose();
    }

    /// <summary>Nobody can interrupt the resolver: whoever gave up has left it a thread.</summary>
    [Fact]
    public async Task Place_IsHeldUntilTheResolverHasAnswered_AlsoWhenNobodyWaitsForIt()
    {
        using var patience = new CancellationTokenSource();
        var first = _names.ResolveAsync("slow", patience.Token);
        await _asked.NextAsync<string>(host => host == "slow");
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Within("the end of the patience"));

        var second = _names.ResolveAsync("other", CancellationToken.None);
        await Task.WhenAny(second, Task.Delay(TimeSpan.FromMilliseconds(50)));
        Assert.Equal(["slow"], _asked.Of<string>());

        _answers.Set();
        Assert.Same(Answer, await second.Within("the second answer"));
        Assert.Equal(["slow", "other"], _asked.Of<string>());
    }

    [Fact]
    public async Task Wait_ForAPlace_EndsWithItsToken_AndTakesNone()
    {
        var first = _names.ResolveAsync("slow", CancellationToken.None);
        await _asked.NextAsync<string>(host => host == "slow");
        using var patience = new CancellationTokenSource();
        var second = _names.ResolveAsync("second", patience.Token);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Within("the end of the patience"));
        _answers.Set();
        await first.Within("the first answer");
        Assert.Same(Answer, await _names.ResolveAsync("third", CancellationToken.None).Within("the third answer"));
        Assert.Equal(["slow", "third"], _asked.Of<string>());
    }

    [Fact]
    public async Task Resolver_ThatFails_GivesItsPlaceBack()
    {
        _answers.Set();
        await Assert.ThrowsAsync<InvalidOperationException>(() => _names.ResolveAsync("nobody", CancellationToken.None).Within("the failure"));

        Assert.Same(Answer, await _names.ResolveAsync("somebody", CancellationToken.None).Within("the answer"));
    }

    [Fact]
    public async Task Resolver_BlocksNoThreadOfThePool()
    {
        var names = new NameResolution(places: 1, _ => Thread.CurrentThread.IsThreadPoolThread ? [] : Answer);

        Assert.Same(Answer, await names.ResolveAsync("x", CancellationToken.None).Within("the answer"));
    }

    /// <summary>Whatever peers write, it takes no place from what the application wants to dial.</summary>
    [Fact]
    public void Names_OfPeers_HavePlacesOfTheirOwn()
    {
        var peers = NameResolution.For(DialOrigin.Message);

        Assert.Same(peers, NameResolution.For(DialOrigin.Watch));
        Assert.Same(peers, NameResolution.For(DialOrigin.Handshake));
        Assert.NotSame(peers, NameResolution.For(DialOrigin.Program));
    }

    private IPAddress[] Resolve(string host)
    {
        _asked.Record(host);
        if (host == "slow")
        {
            _answers.Wait(TestTime.Ceiling);
        }

        return host == "nobody" ? throw new InvalidOperationException("There is no such host.") : Answer;
    }
}
