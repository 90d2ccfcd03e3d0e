using System.Text;

namespace Remote.Cluster.Etcd;

/// <summary>What is said when a start has failed: what was tried, what came of it at each endpoint, and the way out.</summary>
internal static class FailureReport
{
    public static EtcdClusterException Of(string clusterName, EtcdClusterOptions options, EtcdRoundException last, int rounds, TimeSpan elapsed)
    {
        var text = new StringBuilder()
            .Append($"The cluster '{clusterName}' was not joined: of {options.Endpoints.Count} etcd endpoint(s) none would do, in ")
            .Append($"{rounds} round(s) and {elapsed.TotalSeconds:0.0} s. ");
        foreach (var failure in last.Failures)
        {
            text.Append(failure.Message.TrimEnd('.')).Append(". ");
        }

        var kinds = last.Failures.Select(failure => failure.Failure).Distinct();
        text.AppendJoin(' ', kinds.Select(kind => WayOut(kind, clusterName, options)));
        return new EtcdClusterException(last.Failures[^1].Failure, text.ToString(), last);
    }

    private static string WayOut(EtcdFailure failure, string clusterName, EtcdClusterOptions options) => failure switch
    {
        EtcdFailure.Unreachable =>
            "Is etcd running there, is the address right (EtcdClusterOptions.Endpoints), and does it want https:// where http:// is written, or the "
            + "other way round? A start that should wait longer for etcd has EtcdClusterOptions.StartTimeout.",
        EtcdFailure.NoAnswer =>
            $"Something took the connection or swallowed it and did not answer within EtcdClusterOptions.CallTimeout ({options.CallTimeout}): an "
            + "overloaded or paused etcd, a firewall, or no etcd at all.",
        EtcdFailure.TlsFailed =>
            "Is the authority of etcd's certificate in EtcdClusterOptions.Tls.RootCertificatesFile, is the name of the endpoint in the certificate, and "
            + "does etcd want a client certificate (Tls.ClientCertificateFile, Tls.ClientKeyFile) of an authority that it trusts? Or does it speak no TLS "
            + "there at all, and http:// is right?",
        EtcdFailure.UserRefused => $"etcd does not accept EtcdClusterOptions.User '{options.User}' with the Password that is set.",
        EtcdFailure.UserMissing => "etcd has authentication enabled: set EtcdClusterOptions.User and Password.",
        EtcdFailure.PermissionDenied =>
            $"The role of user '{options.User}' needs readwrite on the prefix {new MemberKeys(options.KeyPrefix, clusterName).Prefix}: "
            + $"etcdctl role grant-permission ROLE --prefix=true readwrite {new MemberKeys(options.KeyPrefix, clusterName).Prefix}",
        EtcdFailure.Unavailable => "etcd answers but has no leader: do most of its members run and reach each other (etcdctl endpoint status)?",
        _ => "Is it an etcd of version 3.4 or later?",
    };
}
