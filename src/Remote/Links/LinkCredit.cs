namespace Remote;

/// <summary>
/// User messages and the bytes of their envelopes since a link began, allowed or sent. As credit, totals that never decrease on a stream.
/// </summary>
internal readonly record struct LinkCredit(long Messages, long Bytes)
{
    /// <summary>
    /// Priority messages that may wait in the mailboxes of a peer without user credit, per link: gossip and heartbeats of minutes, and not
    /// enough to hurt.
    /// </summary>
    public static LinkCredit PriorityWindow => new(1000, 1024 * 1024);

    public static LinkCredit operator +(LinkCredit one, LinkCredit other) => new(one.Messages + other.Messages, one.Bytes + other.Bytes);

    public static LinkCredit operator -(LinkCredit one, LinkCredit other) => new(one.Messages - other.Messages, one.Bytes - other.Bytes);

    public static LinkCredit operator /(LinkCredit one, int parts) => new(one.Messages / parts, one.Bytes / parts);

    /// <summary>Whether there is more of either.</summary>
    public bool Exceeds(LinkCredit other) => Messages > other.Messages || Bytes > other.Bytes;

    /// <summary>Whether there is enough for another message of so many bytes, which are not known while they are 0.</summary>
    public bool Covers(int bytes) => Messages > 0 && Bytes >= Math.Max(1, bytes);

    /// <summary>The smaller of each.</summary>
    public LinkCredit Min(LinkCredit other) => new(Math.Min(Messages, other.Messages), Math.Min(Bytes, other.Bytes));

    /// <summary>The larger of each: late and repeated announcements change nothing.</summary>
    public LinkCredit Max(LinkCredit other) => new(Math.Max(Messages, other.Messages), Math.Max(Bytes, other.Bytes));
}
