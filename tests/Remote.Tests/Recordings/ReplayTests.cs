using Google.Protobuf.WellKnownTypes;
using Proto;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>What the replays share.</summary>
public abstract class ReplayTests
{
    private protected static StringValue Text(string text) => new() { Value = text };

    /// <summary>A played batch that is not in the recording.</summary>
    private protected static byte[] Batch(Google.Protobuf.IMessage message, string target, Wire.PID? sender = null)
    {
        var batch = new Wire.MessageBatch { TypeNames = { message.Descriptor.FullName }, Targets = { Google.Protobuf.ByteString.CopyFromUtf8(target) } };
        var envelope = new Wire.MessageEnvelope { MessageData = Google.Protobuf.MessageExtensions.ToByteString(message) };
        if (sender is not null)
        {
            batch.Senders.Add(sender);
            envelope.Sender = 1;
        }

        batch.Envelopes.Add(envelope);
        return Google.Protobuf.MessageExtensions.ToByteArray(new Wire.RemoteMessage { MessageBatch = batch });
    }

    /// <summary>
    /// Our node has handled all that was played on a stream: an actor got a message that was sent after it. System messages go first, so those
    /// for this actor are done as well.
    /// </summary>
    private protected static async Task SettleAsync(Replay replay, TestNode node, string stream, string actor)
    {
        // Of a type that no recording has: a receipt that is expected from another stream may still be under way, and takes the first of its type.
        var marker = new BytesValue { Value = Google.Protobuf.ByteString.CopyFromUtf8(Guid.NewGuid().ToString()) };
        await (await replay.StreamAsync(stream)).WriteAsync(Batch(marker, actor));
        await node.Events.NextAsync<Receipt>(receipt => receipt.Actor == actor && marker.Equals(receipt.Message), expected: $"the marker on {stream}");
    }

    /// <summary>An actor that does what it is told by local messages: it needs to be the sender or the watcher.</summary>
    private protected static PID SpawnDoer(TestNode node, string name) => node.Spawn(name, async context =>
    {
        if (context.Message is Func<IContext, Task> act)
        {
            await act(context);
        }
    });

    private protected static void Do(TestNode node, PID doer, Action<IContext> act) => node.Root.Send(doer, (Func<IContext, Task>)(context =>
    {
        act(context);
        return Task.CompletedTask;
    }));
}
