using BenchmarkDotNet.Attributes;

namespace Remote.Benchmarks;

/// <summary>Encoding and decoding, per message.</summary>
public class CodecBenchmarks
{
    private CodecLoad? _load;

    /// <summary>Bytes of a message.</summary>
    [Params(0, 100, 1024)]
    public int Payload { get; set; }

    /// <summary>Actors that the messages of a batch go to.</summary>
    [Params(1, 100)]
    public int Targets { get; set; }

    /// <summary>Fills the batch.</summary>
    [GlobalSetup]
    public void Setup() => _load = new CodecLoad(Payload, Targets, requests: false);

    /// <summary>Messages into pooled memory.</summary>
    [Benchmark(OperationsPerInvoke = CodecLoad.BatchSize)]
    public long Encode() => _load!.Encode();

    /// <summary>Messages out of 4 KiB blocks.</summary>
    [Benchmark(OperationsPerInvoke = CodecLoad.BatchSize)]
    public long Decode() => _load!.Decode();
}
