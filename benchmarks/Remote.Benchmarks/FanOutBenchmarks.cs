using BenchmarkDotNet.Attributes;

namespace Remote.Benchmarks;

/// <summary>One message to 64 peers, per peer.</summary>
public class FanOutBenchmarks
{
    private FanOutLoad? _load;

    /// <summary>Fields of the message; each takes about 25 bytes.</summary>
    [Params(1, 40)]
    public int Fields { get; set; }

    /// <summary>Makes the message and the encoders.</summary>
    [GlobalSetup]
    public void Setup() => _load = new FanOutLoad(Fields);

    /// <summary>Serialized for each peer.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = FanOutLoad.Peers)]
    public int Each() => _load!.Each();

    /// <summary>Serialized once.</summary>
    [Benchmark(OperationsPerInvoke = FanOutLoad.Peers)]
    public int Shared() => _load!.Shared();
}
