using Grpc.Core;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>A caller that resets its call at every moment of the handler's writes: each write ends, and the listener stops as if nothing had been.</summary>
[Trait("Behaviour", "T-12")]
public sealed class ResetWhileWritingTests
{
    private const uint Cancel = 8;
    private const int InitialWindow = 65535, Callers = 4;

    /// <param name="bytes">Of each write.</param>
    /// <param name="seen">
    /// How many bytes the caller waits for before it resets the call: the first ones, all that its window takes, or nearly all. With the last Kestrel
    /// loses one write or two in a thousand (<see cref="PendingWrite"/>).
    /// </param>
    [Theory]
    [InlineData(12, 60_000)]
    [InlineData(1 << 20, 1)]
    [InlineData(1 << 20, InitialWindow)]
    public async Task CallerResets_TheWriteEnds(int bytes, int seen)
    {
        using var ended = new EventProbe();
        var loopback = await Loopback.StartAsync(async call =>
        {
            Assert.True(await call.Reader.ReadAsync());
            var (caller, message) = (call.Reader.Text(), new byte[bytes]);
            var failure = await Record.ExceptionAsync(async () =>
            {
                while (true)
                {
                    await call.WriteAsync(message);
                }
            });
            ended.Record(new Ended(caller, failure));
        });
        var rounds = TestScale.Count(10_000, 100) / Callers;

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => CallAsync($"caller {i}", loopback.Listener.Address, rounds, seen, ended)));

        await loopback.DisposeAsync();
    }

    private static async Task CallAsync(string name, string address, int rounds, int seen, EventProbe ended)
    {
        for (var i = 0; i < rounds; i++)
        {
            using var wire = await Http2Wire.ConnectAsync(address);
            await wire.OpenAsync();
            await wire.DataAsync(LoopbackCalls.Frame(LoopbackCalls.Bytes(name)));
            await wire.ReadDataAsync(seen);
            await wire.ResetAsync(Cancel);

            // Before the connection closes, which would end the write as well.
            var (_, failure) = await ended.NextAsync<Ended>(call => call.Caller == name, expected: $"the end of the writes of call {i} of {rounds}");
            Assert.True(failure is RpcException { StatusCode: StatusCode.Cancelled }, $"{failure}");
        }
    }

    private sealed record Ended(string Caller, Exception? Failure);
}
