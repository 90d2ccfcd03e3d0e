namespace Remote.Tests.Links.Model;

/// <summary>What a case may run into. A generator that never gets there proves nothing.</summary>
internal enum Corner
{
    New, Resumed, Unknown, NewIncarnation, TakeOver, Stale, LiveElsewhere, Claimed, SentAgain, AckBeforeWritten, StaleAck,
    NoRoom, NoMessages, NoBytes, ControlReserve, Poison, Rejected, Leave, LostLeave, LateFrame, Expired, Priority, NoPriority,
}

/// <summary>Counts them.</summary>
internal sealed class Corners
{
    private readonly Dictionary<Corner, int> _seen = [];

    internal void See(Corner corner) => _seen[corner] = this[corner] + 1;

    internal int this[Corner corner] => _seen.GetValueOrDefault(corner);
}
