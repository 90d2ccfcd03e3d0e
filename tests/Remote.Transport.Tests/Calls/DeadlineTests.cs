using Remote.Testing;

namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-02")]
public sealed class DeadlineTests
{
    [Fact]
    public async Task ClientDeadline_ServerNeverAnswers_EndsTheCallOnBothSides()
    {
        var time = new ManualTimeProvider();
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Silent", async stream =>
            {
                await using CancellationTokenRegistration _ = stream.CancellationToken.Register(cancelled.SetResult);
                await cancelled.Task;
            }),
            client: options => options.TimeProvider = time);
        // The server's clock is the real one: only the client's can end this call now.
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Silent", new GrpcCallOptions { Timeout = TimeSpan.FromHours(1) }).Within("the call to open");
        Task<bool> read = call.Reader.ReadAsync().AsTask();

        time.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.Null(call.Status);
        time.Advance(TimeSpan.FromTicks(1));

        await Frames.FailsAsync(() => read.Within("the deadline"), GrpcStatusCode.DeadlineExceeded);
        Assert.Equal(GrpcStatusCode.DeadlineExceeded, call.Status?.Code);
        await cancelled.Task.Within("the server to learn of it");
    }

    [Fact]
    public async Task ServerDeadline_HandlerWaitsForMessages_IsAnsweredByTheServer()
    {
        var time = new ManualTimeProvider();
        DateTimeOffset? deadline = null;
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Read", async stream =>
            {
                deadline = stream.Deadline;
                await stream.StartAsync();
                await stream.Reader.ReadAsync();
            }),
            options => options.TimeProvider = time);

        // The client's clock is the real one: only the server's can end this call now.
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Read", new GrpcCallOptions { Timeout = TimeSpan.FromHours(1) }).Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        DateTimeOffset start = time.GetUtcNow();
        time.Advance(TimeSpan.FromHours(1));

        GrpcException exception = await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the deadline"), GrpcStatusCode.DeadlineExceeded);
        Assert.Equal(start + TimeSpan.FromHours(1), deadline);
        Assert.NotNull(exception.Trailers);
    }

    [Fact]
    public async Task ServerDeadline_HandlerAwaitsItsToken_IsDeadlineExceeded()
    {
        var time = new ManualTimeProvider();
        await using Loopback loopback = await Loopback.StartAsync(
            m => m.Add("/t.S/Work", async stream =>
            {
                await stream.StartAsync();
                await Task.Delay(Timeout.InfiniteTimeSpan, stream.CancellationToken);
            }),
            options => options.TimeProvider = time);
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Work", new GrpcCallOptions { Timeout = TimeSpan.FromHours(1) }).Within("the call to open");
        await call.GetResponseHeadersAsync().Within("the headers");
        time.Advance(TimeSpan.FromHours(1));

        await Frames.FailsAsync(() => call.Reader.ReadAsync().Within("the deadline"), GrpcStatusCode.DeadlineExceeded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task ClientDeadline_OverBeforeItStarts_FailsWithoutHanging(int seconds)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Silent", stream => Task.Delay(Timeout.InfiniteTimeSpan, stream.CancellationToken)));

        await Frames.FailsAsync(
            () => loopback.Client.UnaryBytesAsync("/t.S/Silent", [], new GrpcCallOptions { Timeout = TimeSpan.FromSeconds(seconds) }).Within("the deadline"), GrpcStatusCode.DeadlineExceeded);
    }

    [Fact]
    public async Task ClientDeadline_BeyondEveryTimer_IsAccepted()
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));

        Assert.Equal([1], await loopback.Client.UnaryBytesAsync("/t.S/Echo", [1], new GrpcCallOptions { Timeout = TimeSpan.MaxValue }).Within("the answer"));
    }

    [Theory]
    [InlineData("abc")]
    [InlineData("5")]
    [InlineData("-1S")]
    public async Task MalformedTimeout_IsRefused(string value)
    {
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Echo", Frames.EchoAsync));
        using var http = new RawHttp2(loopback.Server.Addresses[0]);

        using HttpResponseMessage response = await http.PostAsync("/t.S/Echo", [], ("grpc-timeout", value)).Within("the answer");

        Assert.Equal("13", response.Headers.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task DeadlineWhileDialling_EndsTheCall()
    {
        var time = new ManualTimeProvider();
        await using var client = new GrpcClient("nowhere:1", new GrpcClientOptions
        {
            TimeProvider = time,
            ConnectTimeout = TimeSpan.FromHours(2),
            ConnectCallback = async (_, cancellation) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
                return Stream.Null;
            },
        });
        Task call = client.UnaryBytesAsync("/t.S/Echo", [], new GrpcCallOptions { Timeout = TimeSpan.FromHours(1) });
        time.Advance(TimeSpan.FromHours(1));

        await Frames.FailsAsync(() => call.Within("the deadline"), GrpcStatusCode.DeadlineExceeded);
    }
}
