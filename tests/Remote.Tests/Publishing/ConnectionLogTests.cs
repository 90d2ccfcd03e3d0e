using Microsoft.Extensions.Logging;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>Entries about connections: once a minute for each peer, five a minute in all, and one with the rest. Time is the test's.</summary>
[Trait("Behaviour", "O-11")]
public sealed class ConnectionLogTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly StormLog _lines;
    private readonly ThrottledLog _log;

    public ConnectionLogTests()
    {
        _lines = new StormLog(_time);
        _log = new ThrottledLog(_lines.CreateLogger("Remote"), new LogLimits(new ActorSystemConfig()), _time);
    }

    [Fact]
    public void SameEntry_IsWrittenOnceAMinute_AndTheRestIsCounted()
    {
        for (var second = 0; second < 120; second++)
        {
            GiveUp("a:1");
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal([0, 60], _lines.Lines.Where(line => line.Event.Id == 2005).Select(line => line.At.TotalSeconds));
        Assert.StartsWith("59 more entries about connections within 00:01:00: 59 AttemptsUsedUp of a:1. ", Rest(0), StringComparison.Ordinal);
    }

    [Fact]
    public void ManyPeers_AreFiveLines_AndNamedInPart()
    {
        for (var number = 1; number <= 50; number++)
        {
            GiveUp($"peer{number}:1");
        }

        GiveUp("peer6:1");
        _time.Advance(ConnectionLog.Interval);

        Assert.Equal(ConnectionLog.MaxLines + 1, _lines.Lines.Count);
        Assert.StartsWith(
            "46 more entries about connections within 00:01:00: 46 AttemptsUsedUp of peer6:1, peer7:1, peer8:1 and 42 others. ", Rest(0), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoWarning_DoesNotTakeThePlaceOfWhatIs()
    {
        for (var number = 1; number <= 50; number++)
        {
            RemoteLog.LinkUnknown(_log, $"peer{number}:1");
        }

        GiveUp("a:1");

        Assert.Equal(
            [LogLevel.Information, LogLevel.Information, LogLevel.Warning], _lines.Lines.Select(line => line.Level));
    }

    [Fact]
    public void Rest_IsAsLoudAsItsLoudestEntry()
    {
        for (var number = 1; number <= 3; number++)
        {
            RemoteLog.LinkUnknown(_log, $"peer{number}:1");
        }

        _time.Advance(ConnectionLog.Interval);
        Assert.Equal(LogLevel.Information, _lines.Lines[^1].Level);
        for (var number = 1; number <= 6; number++)
        {
            RemoteLog.OwnAddress(_log, $"peer{number}:1", "own:1");
        }

        _time.Advance(ConnectionLog.Interval);

        // The first of them was an error.
        Assert.Equal((2069, LogLevel.Warning), (_lines.Lines[^1].Event.Id, _lines.Lines[^1].Level));
    }

    [Fact]
    public void PeersThatArrive_AreAllWritten_EachOnceAMinute()
    {
        for (var number = 0; number < 2 * 100; number++)
        {
            RemoteLog.Connected(_log, $"peer{number % 100}:1", "system");
        }

        GiveUp("a:1");

        Assert.Equal(100 + 1, _lines.Lines.Count);
    }

    [Fact]
    public void PeersThatSomebodyMakesUp_AreNotAllWritten()
    {
        for (var number = 0; number < 10_000; number++)
        {
            RemoteLog.ClientConnected(_log, $"client{number}");
        }

        Assert.Equal(ConnectionLog.MaxNews + ConnectionLog.MaxQuietLines, _lines.Lines.Count);
    }

    [Fact]
    public void Flush_CountsAtOnce_AndNothingIsCountedTwice()
    {
        GiveUp("a:1");
        GiveUp("a:1");

        _log.Flush();
        _log.Flush();
        _time.Advance(ConnectionLog.Interval);

        Assert.Equal([2005, 2069], _lines.Lines.Select(line => line.Event.Id));
    }

    [Fact]
    public void Debugging_HasThemAll()
    {
        using var lines = new TestLog();
        var log = new ThrottledLog(lines.CreateLogger("Remote"), new LogLimits(new ActorSystemConfig()), _time);
        for (var number = 0; number < 100; number++)
        {
            RemoteLog.AttemptsUsedUp(log, "a:1", 5, "refused");
        }

        Assert.Equal(100, lines.Lines.Count);
    }

    [Fact]
    public void Addresses_OfALongName_AndOfMoreThanOneLine_AreOneShortLine()
    {
        GiveUp("a:1");
        for (var number = 0; number < 10; number++)
        {
            GiveUp($"{new string('x', 10_000)}\r\nwarn: forged {number}");
        }

        _log.Flush();

        Assert.All(_lines.Lines, line => Assert.DoesNotContain(line.Text, char.IsControl));
        Assert.InRange(Rest(0).Length, 1, 2_000);
    }

    /// <summary>Each of the entries has the value by which it is told apart.</summary>
    [Fact]
    public void EntriesAboutConnections_HaveTheirSubject()
    {
        var methods = new[] { typeof(RemoteLog), typeof(TlsLog) }
            .SelectMany(static type => type.GetMethods())
            .SelectMany(static method => method.GetCustomAttributes(typeof(LoggerMessageAttribute), inherit: false).Cast<LoggerMessageAttribute>())
            .ToDictionary(static message => message.EventId, static message => message.Message);

        Assert.All(RemoteLog.Connections, entry => Assert.Contains($"{{{entry.Value}}}", methods[entry.Key], StringComparison.Ordinal));
        Assert.All(RemoteLog.News, id => Assert.True(RemoteLog.Connections.ContainsKey(id)));
    }

    private void GiveUp(string address) => RemoteLog.AttemptsUsedUp(_log, address, 5, "refused");

    private string Rest(int index) => _lines.Lines.Where(line => line.Event.Id == 2069).ElementAt(index).Text;
}
