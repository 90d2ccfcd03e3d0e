using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Remote.Testing;

namespace Remote.Tests;

[Trait("Behaviour", "T-18")]
public sealed class AddressRaceTests
{
    private static readonly IPAddress First = IPAddress.Parse("192.0.2.1"), Second = IPAddress.Parse("192.0.2.2"), Third = IPAddress.Parse("2001:db8::1");
    private static readonly DnsEndPoint Target = new("node.example", 8000);

    private readonly ManualTimeProvider _time = new();
    private readonly DialStep _step = new();
    private readonly PlayedAddresses _addresses = new();

    [Fact]
    public async Task FirstAddressSwallowsEverything_TheSecondIsConnectedAfterTheHeadStart()
    {
        var connecting = Connect(CancellationToken.None, First, Second);
        var first = await _addresses.NextAsync();
        await _time.WaitForTimerAsync(AddressRace.HeadStart);
        _time.Advance(AddressRace.HeadStart - TimeSpan.FromTicks(1));
        Assert.Equal(1, _addresses.Dials);
        _time.Advance(TimeSpan.FromTicks(1));
        var second = await _addresses.NextAsync();
        var stream = new MemoryStream();
        second.Connected.SetResult(stream);

        Assert.Same(stream, await connecting.Within("the connection"));
        Assert.Equal([First, Second], [first.Address.Address, second.Address.Address]);
        await first.GivenUp.Task.Within("the end of the attempt that lost");
    }

    [Fact]
    public async Task FirstAddressRefuses_TheSecondIsTriedAtOnce()
    {
        var connecting = Connect(CancellationToken.None, First, Second);
        (await _addresses.NextAsync()).Connected.SetException(new SocketException((int)SocketError.ConnectionRefused));

        (await _addresses.NextAsync()).Connected.SetResult(Stream.Null);

        Assert.Same(Stream.Null, await connecting.Within("the connection"));
    }

    [Fact]
    public async Task SlowAddress_ThatAnswersAfterTheOthersFailed_IsTaken()
    {
        var connecting = Connect(CancellationToken.None, First, Second);
        var slow = await _addresses.NextAsync();
        await _time.WaitForTimerAsync(AddressRace.HeadStart);
        _time.Advance(AddressRace.HeadStart);
        (await _addresses.NextAsync()).Connected.SetException(new SocketException((int)SocketError.ConnectionRefused));

        slow.Connected.SetResult(Stream.Null);

        Assert.Same(Stream.Null, await connecting.Within("the connection"));
    }

    [Fact]
    public async Task EveryAddressFails_TheErrorNamesThemAll()
    {
        var connecting = Connect(CancellationToken.None, First, Second);
        (await _addresses.NextAsync()).Connected.SetException(new SocketException((int)SocketError.ConnectionRefused));
        (await _addresses.NextAsync()).Connected.SetException(new SocketException((int)SocketError.HostUnreachable));

        var failure = await LoopbackCalls.FailsAsync(() => connecting.Within("the failure"), StatusCode.Unavailable);

        Assert.Equal("No connection to node.example:8000: 192.0.2.1:8000 (ConnectionRefused); 192.0.2.2:8000 (HostUnreachable).", failure.Status.Detail);
    }

    /// <summary>Whoever answers for a name says how many addresses it has.</summary>
    [Fact]
    public async Task NameOfThousandsOfAddresses_SomeOfEachFamilyAreTried_AndTheErrorIsShort()
    {
        var some = Enumerable.Range(0, 2000);
        IPAddress[] addresses = [.. some.Select(i => new IPAddress([192, 0, (byte)(i >> 8), (byte)i])), .. some.Select(Long)];
        List<IPAddress> dialled = [];
        var race = new AddressRace(
            (_, _) => Task.FromResult(addresses),
            (address, _) =>
            {
                dialled.Add(address.Address);
                throw new SocketException((int)SocketError.ConnectionRefused);
            },
            _time);

        var connecting = race.ConnectAsync(Target, _step, default).AsTask();
        var failure = await LoopbackCalls.FailsAsync(() => connecting.Within("the failure"), StatusCode.Unavailable);

        Assert.Equal(AddressRace.MaxAddresses, dialled.Count);
        Assert.Equal(AddressRace.MaxAddresses / 2, dialled.Count(address => address.AddressFamily == AddressFamily.InterNetworkV6));
        Assert.StartsWith(
            "No connection to node.example:8000: 16 of 4000 addresses were tried, 192.0.0.0:8000 (ConnectionRefused); [2001:db8:",
            failure.Status.Detail,
            StringComparison.Ordinal);
        Assert.InRange(failure.Status.Detail.Length + _step.Text.Length, 1, 2048);

        static IPAddress Long(int i) => IPAddress.Parse($"2001:db8:1111:2222:3333:4444:5555:{i + 4096:x}");
    }

    [Fact]
    public async Task NameWithoutAnAddress_SaysSo()
    {
        var none = await LoopbackCalls.FailsAsync(() => Connect(CancellationToken.None).Within("the failure"), StatusCode.Unavailable);
        Assert.Equal("The name of node.example:8000 has no address (NoData).", none.Status.Detail);

        var race = new AddressRace((_, _) => throw new SocketException((int)SocketError.HostNotFound), _addresses.DialAsync, _time);
        var unknown = await LoopbackCalls.FailsAsync(() => race.ConnectAsync(Target, _step, default).AsTask().Within("the failure"), StatusCode.Unavailable);
        Assert.Equal("The name of node.example:8000 has no address (HostNotFound).", unknown.Status.Detail);
    }

    [Fact]
    public async Task GivenUp_TheStepNamesTheAddressesThatWereTried()
    {
        using var cancellation = new CancellationTokenSource();
        var connecting = Connect(cancellation.Token, First, Second);
        var first = await _addresses.NextAsync();
        Assert.Equal("192.0.2.1:8000 did not accept the connection", _step.Text);
        await _time.WaitForTimerAsync(AddressRace.HeadStart);
        _time.Advance(AddressRace.HeadStart);
        var second = await _addresses.NextAsync();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Within("the cancellation"));
        Assert.Equal("192.0.2.1:8000 and 192.0.2.2:8000 did not accept the connection", _step.Text);
        await Task.WhenAll(first.GivenUp.Task, second.GivenUp.Task).Within("the end of both attempts");
    }

    [Fact]
    public async Task Resolver_ThatHangs_IsNamed()
    {
        using var cancellation = new CancellationTokenSource();
        var race = new AddressRace(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return [];
        }, _addresses.DialAsync, _time);
        var connecting = race.ConnectAsync(Target, _step, cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Within("the cancellation"));
        Assert.Equal("the name node.example was not resolved", _step.Text);
    }

    [Fact]
    public void Order_TheFamiliesTakeTurns() =>
        Assert.Equal([First, Third, Second], AddressRace.Order([First, Second, Third], 8000).Select(endPoint => endPoint.Address));

    private Task<Stream> Connect(CancellationToken cancellationToken, params IPAddress[] addresses) =>
        new AddressRace((_, _) => Task.FromResult(addresses), _addresses.DialAsync, _time).ConnectAsync(Target, _step, cancellationToken).AsTask();

    /// <summary>Addresses that answer when the test says so.</summary>
    private sealed class PlayedAddresses
    {
        private readonly EventProbe _attempts = new();

        public int Dials => _attempts.Of<Attempt>().Count;

        public Task<Attempt> NextAsync() => _attempts.NextAsync<Attempt>();

        public async ValueTask<Stream> DialAsync(IPEndPoint address, CancellationToken cancellationToken)
        {
            var attempt = new Attempt(address);
            _attempts.Record(attempt);
            try
            {
                return await attempt.Connected.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                attempt.GivenUp.SetResult();
                throw;
            }
        }
    }

    private sealed record Attempt(IPEndPoint Address)
    {
        public TaskCompletionSource<Stream> Connected { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GivenUp { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
