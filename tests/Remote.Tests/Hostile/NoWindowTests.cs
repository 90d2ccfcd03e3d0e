using Google.Protobuf.WellKnownTypes;

namespace Remote.Tests;

[Trait("Behaviour", "T-16")]
public sealed class NoWindowTests
{
    /// <summary>
    /// Kestrel takes 4 KiB of a call in before a write waits for the caller's window, and no answer to a handshake is as long. If that changes, a
    /// handler needs a limit for its answer, or whoever grants no window holds it for ever.
    /// </summary>
    [Fact]
    public async Task AnswerToAHandshake_DoesNotWaitForTheWindow()
    {
        await using var node = await TestNode.StartAsync();
        node.Spawn("sink");
        await using var peer = await RawPeer.DialAsync(node.Address);
        var batch = RawFrames.Message(PlayedDialler.Batch("sink", new StringValue()));

        await peer.WriteAsync(
            [.. ListenerScripts.NoWindow, .. RawFrames.Open(1), .. ListenerScripts.Handshake(1), .. RawFrames.Frame(RawFrames.Data, RawFrames.None, 1, batch)]);

        // It is read once the answer has been written.
        await node.NextReceiptAsync("sink");
        Assert.DoesNotContain(peer.Frames, frame => frame is { Type: RawFrames.Data, Stream: 1 });
    }
}
