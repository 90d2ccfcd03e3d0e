using Remote.Cluster.Etcd;
using Remote.Testing;

namespace Remote.Cluster.Tests.Etcd;

/// <summary>When etcd counts as having been away, in manual time.</summary>
[Trait("Behaviour", "K-06")]
public sealed class EtcdSilenceTests
{
    private static readonly TimeSpan Threshold = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Heard_WithinTheThreshold_ForgivesNothing()
    {
        var silence = new EtcdSilence(_time, Threshold, Grace);

        for (var i = 0; i < 10; i++)
        {
            _time.Advance(Threshold);
            silence.Heard();
            Assert.False(silence.Forgives);
        }
    }

    [Fact]
    public void Heard_AfterASilence_ForgivesUntilTheGraceIsOver()
    {
        var silence = new EtcdSilence(_time, Threshold, Grace);
        _time.Advance(Threshold + Moment);
        Assert.False(silence.Forgives);

        silence.Heard();

        for (var passed = TimeSpan.Zero; passed < Grace; passed += Threshold)
        {
            Assert.True(silence.Forgives);
            _time.Advance(Threshold);
            silence.Heard();
        }

        Assert.False(silence.Forgives);
    }

    [Fact]
    public void Heard_AfterASecondSilence_BeginsTheGraceAnew()
    {
        var silence = new EtcdSilence(_time, Threshold, Grace);
        _time.Advance(Threshold + Moment);
        silence.Heard();
        _time.Advance(Grace - Moment);
        silence.Heard();
        Assert.True(silence.Forgives);

        _time.Advance(Grace - Moment);

        Assert.True(silence.Forgives);
    }

    [Fact]
    public void Forgot_WithoutASilence_ForgivesToo()
    {
        var silence = new EtcdSilence(_time, Threshold, Grace);

        silence.Forgot();

        Assert.True(silence.Forgives);
        _time.Advance(Grace);
        Assert.False(silence.Forgives);
    }
}
