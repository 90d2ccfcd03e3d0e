namespace Remote;

/// <summary>User traffic since a link began, allowed or sent. As credit it is a total that never decreases.</summary>
/// <param name="Messages">User messages.</param>
/// <param name="Bytes">Bytes of their envelopes.</param>
internal readonly record struct LinkCredit(long Messages, long Bytes)
{
    /// <summary>The larger of each: late and repeated announcements change nothing.</summary>
    public LinkCredit Max(LinkCredit other) => new(Math.Max(Messages, other.Messages), Math.Max(Bytes, other.Bytes));
}
