namespace Remote.Transport.Tests;

[Trait("Behaviour", "T-01")]
public sealed class MetadataTests
{
    [Fact]
    public async Task TextAndBinary_CrossAsHeadersAndTrailers()
    {
        byte[] binary = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Meta", async stream =>
        {
            foreach (GrpcMetadataEntry entry in stream.RequestHeaders.Where(e => e.Key.StartsWith("x-", StringComparison.Ordinal)))
            {
                if (entry.IsBinary)
                {
                    stream.ResponseHeaders.Add(entry.Key, entry.Bytes.Span);
                    stream.Trailers.Add("t" + entry.Key, entry.Bytes.Span);
                }
                else
                {
                    stream.ResponseHeaders.Add(entry.Key, entry.Text);
                    stream.Trailers.Add("t" + entry.Key, entry.Text);
                }
            }

            await stream.StartAsync();
            await stream.WriteAsync(Frames.Message("x"));
        }));
        var headers = new GrpcMetadata();
        headers.Add("x-text", "one, with a comma");
        headers.Add("x-text", "two");
        headers.Add("x-binary-bin", binary);
        headers.Add("x-empty-bin", []);

        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Meta", new GrpcCallOptions { Headers = headers }).Within("the call to open");
        GrpcMetadata answered = await call.GetResponseHeadersAsync().Within("the headers");
        Assert.True(await call.Reader.ReadAsync().Within("the message"));
        Assert.False(await call.Reader.ReadAsync().Within("the end"));

        foreach ((GrpcMetadata metadata, string prefix) in new[] { (answered, "x-"), (call.Trailers!, "tx-") })
        {
            // The platform's HTTP client joins the values of a name, which gRPC allows.
            Assert.Equal(["one, with a comma, two"], metadata.Where(e => e.Key == prefix + "text").Select(e => e.Text));
            Assert.True(metadata.TryGetBytes(prefix + "binary-bin", out ReadOnlyMemory<byte> bytes));
            Assert.Equal(binary, bytes.ToArray());
            Assert.True(metadata.TryGetBytes(prefix + "empty-bin", out bytes));
            Assert.True(bytes.IsEmpty);
        }
    }

    [Fact]
    public async Task HeadersThatBelongToGrpc_AreNotShownAsMetadata()
    {
        string[] seen = [];
        await using Loopback loopback = await Loopback.StartAsync(m => m.Add("/t.S/Meta", stream =>
        {
            seen = [.. stream.RequestHeaders.Select(e => e.Key)];
            return Task.CompletedTask;
        }));
        await using GrpcDuplexCall call = await loopback.Client.DuplexAsync("/t.S/Meta", new GrpcCallOptions { Timeout = TimeSpan.FromHours(1) }).Within("the call to open");
        Assert.False(await call.Reader.ReadAsync().Within("the end"));

        Assert.Empty(seen);
        Assert.Empty(call.Trailers!);
    }
}
