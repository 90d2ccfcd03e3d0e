using Microsoft.Extensions.Logging;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Entries about single messages are limited, each kind by itself, and what was left out is counted. Time is the test's.</summary>
[Trait("Behaviour", "I-07")]
public sealed class ThrottledLogTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly TestLog _lines = new();

    public void Dispose() => _lines.Dispose();

    [Fact]
    public async Task Flood_OfManyThreads_IsWrittenAFewTimesAndCounted()
    {
        const int Threads = 8;
        const int Each = 100_000 / Threads;
        var log = NewLog();

        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() => Write(log, Each)))).Within("the flood");
        Assert.Equal(LogValve.DefaultCount, Written());
        _time.Advance(LogValve.DefaultInterval);

        Assert.Equal([(Threads * Each) - LogValve.DefaultCount], LeftOut());
        Assert.Equal(LogValve.DefaultCount + 1, _lines.Lines.Count);
    }

    [Fact]
    public void Flood_OverManyIntervals_AddsUp()
    {
        var log = NewLog();
        for (var interval = 0; interval < 100; interval++)
        {
            Write(log, 1_000);
            _time.Advance(LogValve.DefaultInterval);
        }

        Assert.Equal((100 * LogValve.DefaultCount, 100), (Written(), LeftOut().Length));
        Assert.Equal(100_000, Written() + LeftOut().Sum());
    }

    [Fact]
    public void Few_AreAllWritten_AndNothingIsSaidOfThem()
    {
        var log = NewLog();
        for (var interval = 0; interval < 3; interval++)
        {
            Write(log, LogValve.DefaultCount);
            _time.Advance(LogValve.DefaultInterval);
        }

        Assert.Equal(3 * LogValve.DefaultCount, Written());
        Assert.Empty(LeftOut());
        Assert.Empty(_time.ArmedTimers);
    }

    [Fact]
    public void Interval_BeginsWithItsFirstEntry()
    {
        var log = NewLog();
        _time.Advance(LogValve.DefaultInterval * 0.9);
        Write(log, LogValve.DefaultCount + 1);

        _time.Advance(LogValve.DefaultInterval * 0.9);
        Write(log, 1);
        Assert.Empty(LeftOut());
        _time.Advance(LogValve.DefaultInterval * 0.1);

        Assert.Equal([2], LeftOut());
    }

    [Fact]
    public void Kinds_HaveALimitEach()
    {
        var log = NewLog();
        Write(log, 1_000);

        RemoteLog.EncoderFailed(log, "peer:1", typeof(string), new InvalidOperationException("A fault of ours."));

        Assert.Single(_lines.Lines, line => line.Event.Name == nameof(RemoteLog.EncoderFailed));
    }

    [Fact]
    public void EntriesThatAreNotAboutMessages_AreAllWritten()
    {
        var log = NewLog();
        for (var number = 0; number < 1_000; number++)
        {
            RemoteLog.LinkUnknown(log, "peer:1");
        }

        Assert.Equal(1_000, _lines.Lines.Count);
        Assert.Empty(_time.ArmedTimers);
    }

    [Fact]
    public void Flush_CountsAtOnce_AndTheIntervalBeginsAnew()
    {
        var log = NewLog();
        Write(log, LogValve.DefaultCount + 5);

        log.Flush();
        Write(log, LogValve.DefaultCount + 2);
        _time.Advance(LogValve.DefaultInterval);
        log.Flush();

        Assert.Equal(2 * LogValve.DefaultCount, Written());
        Assert.Equal([5, 2], LeftOut());
    }

    [Fact]
    public void Count_IsAsLoudAsWhatItCounts()
    {
        var quiet = new LeveledLog(NewLog(), LogLevel.Debug);
        Write(quiet, LogValve.DefaultCount + 1);

        _time.Advance(LogValve.DefaultInterval);

        Assert.All(_lines.Lines, line => Assert.Equal(LogLevel.Debug, line.Level));
        Assert.Equal([1], LeftOut());
    }

    [Fact]
    public void SettingsOfProtoActor_AreFollowed()
    {
        var config = new ActorSystemConfig().WithDeadLetterThrottleCount(3).WithDeadLetterThrottleInterval(TimeSpan.FromMinutes(1));
        var log = NewLog(config);

        Write(log, 100);
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Empty(LeftOut());
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(3, Written());
        Assert.Equal([97], LeftOut());
    }

    [Fact]
    public void SettingsOfProtoActor_WithoutALimit_LetEverythingPass()
    {
        var log = NewLog(new ActorSystemConfig().WithDeadLetterThrottleCount(int.MaxValue));

        Write(log, 1_000);
        _time.Advance(LogValve.DefaultInterval);

        Assert.Equal(1_000, _lines.Lines.Count);
    }

    [Fact]
    public void Mistakes_AreWrittenOnceAMinuteForEachThingTheyAreAbout()
    {
        var log = NewLog();
        for (var number = 0; number < 30; number++)
        {
            Refuse(log, $"host{number % 3}");
        }

        Assert.Equal(3, Refused());
        _time.Advance(MistakeLog.Interval - TimeSpan.FromTicks(1));
        Refuse(log, "host0");
        Assert.Equal((3, 0), (Refused(), LeftOut().Length));
        _time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal([9, 9, 10], LeftOut().Order());
        Assert.Single(_lines.Lines, line => line.Text == "10 more AddressRefused of host0 within 00:01:00");
        Refuse(log, "host0");
        Assert.Equal(4, Refused());
    }

    [Fact]
    public void Mistakes_AboutThingsWithoutNumber_MeetTheLimitOfSingleMessages()
    {
        var log = NewLog();
        for (var number = 0; number < 10 * MistakeLog.MaxSubjects; number++)
        {
            Refuse(log, $"host{number}");
        }

        Assert.Equal(LogValve.DefaultCount, Refused());
        _time.Advance(MistakeLog.Interval);

        Assert.Equal([(10 * MistakeLog.MaxSubjects) - LogValve.DefaultCount], LeftOut());
        Assert.Empty(_time.ArmedTimers);
    }

    [Fact]
    public void Mistakes_WhereSettingsOfProtoActorSayHowMany_AreThatMany()
    {
        var log = NewLog(new ActorSystemConfig().WithDeadLetterThrottleCount(int.MaxValue));
        for (var number = 0; number < 100; number++)
        {
            Refuse(log, "host");
        }

        Assert.Equal(100, Refused());
    }

    [Fact]
    public void OptionsOfRemote_GoOverThoseOfProtoActor()
    {
        var limits = new LogLimits(
            new ActorSystemConfig().WithDeadLetterThrottleCount(int.MaxValue).WithDeadLetterThrottleInterval(TimeSpan.FromHours(1)),
            new LogThrottleOptions { Count = 3, Interval = TimeSpan.FromSeconds(2) });
        var log = new ThrottledLog(_lines.CreateLogger("Remote"), limits, _time);
        Write(log, 5);
        limits.Change(new LogThrottleOptions { Count = 1 });
        Write(log, 5);

        // The interval that has begun ends as it began.
        Assert.Equal(3, Written());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal([7], LeftOut());
        Write(log, 5);
        Assert.Equal(4, Written());
    }

    [Fact]
    public void Mistakes_AboutWhatANodeMadeUp_AreOneLine()
    {
        var log = NewLog();
        Refuse(log, "host\r\nwarn: forged");
        Refuse(log, "host\r\nwarn: forged");

        log.Flush();

        Assert.Equal(2, _lines.Lines.Count);
        Assert.DoesNotContain(_lines.Lines, line => line.Text.Any(char.IsControl));
    }

    private static void Refuse(ILogger log, string address) => RemoteLog.AddressRefused(log, address, "has no port");

    private int Refused() => _lines.Count(nameof(RemoteLog.AddressRefused));

    private ThrottledLog NewLog(ActorSystemConfig? config = null) => new(_lines.CreateLogger("Remote"), new LogLimits(config ?? new ActorSystemConfig()), _time);

    private static void Write(ILogger log, int count)
    {
        for (var number = 0; number < count; number++)
        {
            RemoteLog.TracingFailed(log, new InvalidOperationException("A test."));
        }
    }

    private int Written() => _lines.Lines.Count(line => line.Event.Name == nameof(RemoteLog.TracingFailed));

    private long[] LeftOut() => LeftOut(_lines);

    /// <summary>The counts of what was left out of a log.</summary>
    internal static long[] LeftOut(TestLog log) => [.. log.Lines
        .Where(line => line.Event.Name is nameof(RemoteLog.EntriesLeftOut) or nameof(RemoteLog.MistakeRepeated))
        .Select(line => long.Parse(line.Text.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))];
}
