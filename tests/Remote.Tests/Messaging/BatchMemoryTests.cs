using System.Buffers;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests.Messaging;

public class BatchMemoryTests
{
    private static readonly PID Target = new(ModelEncoder.Peer, "target");

    [Fact]
    public void Release_Twice_ReturnsTheMemoryOnce()
    {
        var pool = new CountingPool();
        using var encoder = Codec.Encoder(pool: new BatchPool(pool));
        var batch = Encode(encoder, 10);
        Assert.Equal(1, pool.Out);
        batch.Release();
        batch.Release();
        Assert.Equal(0, pool.Out);
        Assert.Throws<ObjectDisposedException>(() => batch.Memory);
    }

    [Fact]
    public void SealEmpty_Released_GivesItsMemoryBack()
    {
        var pool = new CountingPool();
        var batch = new BatchPool(pool).Rent();
        batch.SealEmpty(7);
        Assert.Equal((1, 7ul, 0), (pool.Out, batch.Sequence, batch.Count));
        Assert.Equal(7ul, Assert.Single(Codec.Decode(batch.Memory).Batches).Sequence);
        batch.Release();
        Assert.Equal(0, pool.Out);
    }

    [Fact]
    public void Memory_WhileTheNextBatchesAreWritten_StaysAsItWas()
    {
        using var encoder = Codec.Encoder();
        var first = Encode(encoder, 10);
        var bytes = first.Memory.ToArray();
        var second = Encode(encoder, 500);
        var third = Encode(encoder, 500);
        Assert.Equal(bytes, first.Memory.ToArray());
        Assert.Equal(second.Memory.ToArray(), third.Memory.ToArray());
    }

    [Fact]
    public void Dispose_EncoderWithAnUnfinishedBatch_GivesItsMemoryBack()
    {
        var pool = new CountingPool();
        var encoder = Codec.Encoder(pool: new BatchPool(pool));
        encoder.Begin(Codec.ToPeer);
        encoder.TryAdd(new RemoteDelivery(Target, new StringValue { Value = "x" }));
        Assert.Equal(1, pool.Out);
        encoder.Dispose();
        encoder.Dispose();
        Assert.Equal(0, pool.Out);
        Assert.Equal(0, encoder.Count);
    }

    [Fact]
    [Trait("Behaviour", "E-03")]
    public void Finish_BatchesUpToTheirLimit_RentNothingLargerThanIt()
    {
        const int limit = 64 * 1024;
        var pool = new CountingPool();
        using var encoder = Codec.Encoder(new EncodeLimits(int.MaxValue, limit), new BatchPool(pool));
        for (var round = 0; round < 20; round++)
        {
            encoder.Begin(Codec.ToPeer);
            var number = 0;
            while (encoder.TryAdd(new RemoteDelivery(
                new PID(ModelEncoder.Peer, $"target/{number % 50}"), new BytesValue { Value = Bytes(100) }, new PID(ModelEncoder.Own, $"s{number % 9}")))
                .Status == EncodeStatus.Added)
            {
                number++;
            }

            encoder.Finish().Release();
        }

        Assert.Equal(limit, pool.Largest);
        Assert.Equal(0, pool.Out);
    }

    [Fact]
    public void Finish_SmallBatchAfterABurst_DoesNotHoldALargeArray()
    {
        var pool = new CountingPool();
        using var encoder = Codec.Encoder(pool: new BatchPool(pool));
        encoder.Begin(Codec.ToPeer);
        encoder.TryAdd(new RemoteDelivery(Target, new BytesValue { Value = Bytes(900_000) }));
        encoder.Finish().Release();

        var small = Encode(encoder, 1);
        Assert.InRange(pool.BytesOut, 1, 1024);
        Assert.Equal(Codec.Encode([new RemoteDelivery(Target, new StringValue { Value = "x" })]), small.Memory.ToArray());
    }

    private static ByteString Bytes(int length) => ByteString.CopyFrom(new byte[length]);

    private static Batch Encode(BatchEncoder encoder, int messages)
    {
        encoder.Begin(Codec.ToPeer);
        for (var index = 0; index < messages; index++)
        {
            encoder.TryAdd(new RemoteDelivery(Target, new StringValue { Value = "x" }));
        }

        return encoder.Finish();
    }

    private sealed class CountingPool : ArrayPool<byte>
    {
        private readonly HashSet<byte[]> _rented = [];

        internal int Out => _rented.Count;

        internal int BytesOut => _rented.Sum(array => array.Length);

        internal int Largest { get; private set; }

        public override byte[] Rent(int minimumLength)
        {
            // A fresh array each time, filled with garbage: what was not written must not be sent.
            var array = new byte[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)minimumLength)];
            array.AsSpan().Fill(0xAB);
            Largest = Math.Max(Largest, array.Length);
            _rented.Add(array);
            return array;
        }

        public override void Return(byte[] array, bool clearArray = false)
        {
            Assert.True(_rented.Remove(array), "An array came back that was not out.");
            array.AsSpan().Fill(0xCD);
        }
    }
}
