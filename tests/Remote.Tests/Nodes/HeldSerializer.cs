using Google.Protobuf;
using Proto.Remote;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>Keeps whoever reads a message of its type until it is released: a reader in the middle of a batch.</summary>
internal sealed class HeldSerializer : ISerializer, IDisposable
{
    public const int Id = 77;
    public const string TypeName = "held";

    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _released = new();

    public Task Entered => _entered.Task;

    /// <summary>A batch of such messages.</summary>
    public static Wire.RemoteMessage Batch(string target, params string[] texts)
    {
        var batch = new Wire.MessageBatch { TypeNames = { TypeName }, Targets = { ByteString.CopyFromUtf8(target) } };
        foreach (var text in texts)
        {
            batch.Envelopes.Add(new Wire.MessageEnvelope { SerializerId = Id, MessageData = ByteString.CopyFromUtf8(text) });
        }

        return new Wire.RemoteMessage { MessageBatch = batch };
    }

    public ByteString Serialize(object obj) => ByteString.CopyFromUtf8((string)obj);

    public object Deserialize(ByteString bytes, string typeName)
    {
        _entered.TrySetResult();
        Assert.True(_released.Wait(TestTime.Ceiling), "Nobody released the reader.");
        return bytes.ToStringUtf8();
    }

    public string GetTypeName(object message) => TypeName;

    public bool CanSerialize(object obj) => false;

    public void Release() => _released.Set();

    public void Dispose()
    {
        Release();
        _released.Dispose();
    }
}
