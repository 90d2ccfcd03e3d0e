namespace Remote.Cluster.Etcd;

/// <summary>A registered member as a party to a dispute: since which revision of etcd its entry stands, and whom it blocks.</summary>
internal sealed record MemberVoice(string Id, long Registered, IReadOnlySet<string> Blocks)
{
    /// <summary>Whether one of the two blocks the other. Which of them does says nothing about who is right. Nobody is at odds with itself.</summary>
    public bool IsAtOddsWith(MemberVoice other) => Id != other.Id && (Blocks.Contains(other.Id) || other.Blocks.Contains(Id));
}
