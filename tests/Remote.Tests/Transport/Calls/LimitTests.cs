using System.IO.Compression;
using Grpc.Core;

namespace Remote.Tests;

[Trait("Behaviour", "T-13")]
public sealed class LimitTests
{
    private const string Target = "/remote.Remoting/Receive";

    [Fact]
    public async Task RequestOfExactlyTheLimit_Passes_AndOneByteMoreDoesNot()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync, listen: settings => settings with { MaxReceiveMessageBytes = 1000 });
        (await loopback.ConverseAsync(new string('x', 1000))).Abort();
        var call = loopback.Channel.Receive();

        await call.WriteTextAsync(new string('x', 1001));

        await call.ReadFailsAsync(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task PrefixWithAFlagThatIsNone_IsRefused()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        using var client = await Http2Wire.ConnectAsync(loopback.Listener.Address);
        await client.OpenAsync();

        await client.DataAsync([2, 0, 0, 0, 0]);

        Assert.Equal("13", (await client.ReadTrailersAsync())["grpc-status"]);
    }

    /// <summary>Nothing of the message comes after its prefix: who waited for it would wait for ever.</summary>
    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 3, 233 })]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 0, 127, 255, 255, 255 })]
    public async Task PrefixOfATooLargeRequest_IsRefusedBeforeAnyOfItArrived(byte[] prefix)
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync, listen: settings => settings with { MaxReceiveMessageBytes = 1000 });
        using var client = await Http2Wire.ConnectAsync(loopback.Listener.Address);
        await client.OpenAsync();

        await client.DataAsync(prefix);

        Assert.Equal("8", (await client.ReadTrailersAsync())["grpc-status"]);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 3, 233 })]
    [InlineData(new byte[] { 0, 255, 255, 255, 255 })]
    public async Task PrefixOfATooLargeResponse_IsRefusedBeforeAnyOfItArrived(byte[] prefix)
    {
        await using var server = await PlayedHttp2.StartAsync(async wire =>
        {
            await wire.HeadersAsync(200);
            await wire.DataAsync(prefix);
        });
        await using var channel = Loopback.ChannelTo(server.Address, dial: settings => settings with { MaxReceiveMessageBytes = 1000 });
        var call = channel.Receive();
        await call.WriteTextAsync("hello");

        await call.ReadFailsAsync(StatusCode.ResourceExhausted);
    }

    [Theory]
    [InlineData("gzip", "12")]
    [InlineData("deflate", "12")]
    [InlineData("snappy", "12")]
    [InlineData("identity", "13")]
    [InlineData(null, "13")]
    public async Task CompressedRequest_IsRefusedWithoutBeingInflated(string? encoding, string status)
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        using var http = new RawHttp2(loopback.Listener.Address);

        (string, string)[] headers = encoding is null ? [] : [("grpc-encoding", encoding)];
        using var response = await http.PostAsync(Target, LoopbackCalls.Frame(Squeezed(), compressed: true), headers);

        Assert.Empty(await response.Content.ReadAsByteArrayAsync().Within("the body"));
        Assert.Equal(status, StatusOf(response));
        Assert.False(response.Headers.TryGetValues("grpc-accept-encoding", out var accepted) && accepted.Any(value => value != "identity"));
    }

    /// <summary>A caller that announces an encoding and does not use it is heard: that is what clients with compression on do with small messages.</summary>
    [Fact]
    public async Task UncompressedRequest_OfACallerThatMightCompress_IsTaken()
    {
        await using var loopback = await Loopback.StartAsync(LoopbackCalls.EchoAsync);
        using var http = new RawHttp2(loopback.Listener.Address);
        var frame = LoopbackCalls.Frame("plain"u8);

        using var response = await http.PostAsync(Target, frame, ("grpc-encoding", "gzip"));

        Assert.Equal(frame, await response.Content.ReadAsByteArrayAsync().Within("the body"));
        Assert.Equal("0", StatusOf(response));
    }

    [Theory]
    [InlineData("gzip", StatusCode.Unimplemented)]
    [InlineData(null, StatusCode.Internal)]
    public async Task CompressedResponse_IsRefusedWithoutBeingInflated(string? encoding, StatusCode expected)
    {
        await using var server = await PlayedHttp2.StartAsync(async wire =>
        {
            await wire.HeadersAsync(200, encoding is null ? [] : [("grpc-encoding", encoding)]);
            await wire.DataAsync(LoopbackCalls.Frame(Squeezed(), compressed: true));
        });
        await using var channel = Loopback.ChannelTo(server.Address);
        var call = channel.Receive();
        await call.WriteTextAsync("hello");

        await call.ReadFailsAsync(expected);
    }

    public static string StatusOf(HttpResponseMessage response) =>
        (response.Headers.TryGetValues("grpc-status", out var alone) ? alone : response.TrailingHeaders.GetValues("grpc-status")).Single();

    private static byte[] Squeezed()
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest))
        {
            gzip.Write("squeezed"u8);
        }

        return target.ToArray();
    }
}
