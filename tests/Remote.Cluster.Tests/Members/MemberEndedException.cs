namespace Remote.Cluster.Tests;

/// <summary>The process of a member has ended, and something was wanted of it.</summary>
internal sealed class MemberEndedException(MemberNode member, Exception? innerException = null)
    : InvalidOperationException($"The process has ended. {member.Describe()}", innerException)
{
    public MemberNode Member => member;
}
