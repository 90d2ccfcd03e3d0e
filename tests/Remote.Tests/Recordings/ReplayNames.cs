using System.Text.RegularExpressions;
using Google.Protobuf;
using Wire = Remote.Protocol;

namespace Remote.Tests;

/// <summary>
/// What names of the recording are called in the replay. Addresses and member ids are told; the ids of our own futures and auto-named actors, and
/// our request ids, are learned when our node first uses them where the real node used its own.
/// </summary>
internal sealed partial class ReplayNames
{
    private readonly Lock _gate = new();
    private readonly List<(string Recorded, string Actual)> _known = [];
    private readonly HashSet<string> _ours = [];
    private readonly Dictionary<string, string> _ids = [];
    private readonly Dictionary<(string Id, uint Request), uint> _requests = [];

    /// <summary>Says what an address or a member id is called now.</summary>
    public void Add(string recorded, string actual, bool isOurs)
    {
        lock (_gate)
        {
            _known.Insert(0, (recorded, actual));
            if (isOurs)
            {
                _ours.Add(actual);
            }
        }
    }

    /// <summary>Replaces all recorded addresses and member ids in a text.</summary>
    public string Translate(string recorded)
    {
        lock (_gate)
        {
            return _known.Aggregate(recorded, (text, name) => text.Replace(name.Recorded, name.Actual, StringComparison.Ordinal));
        }
    }

    /// <summary>Compares an envelope of ours with the recorded one; says what differs, or <see langword="null"/>.</summary>
    /// <param name="recorded">What the real node wrote.</param>
    /// <param name="actual">What ours wrote.</param>
    /// <param name="reader">The recorded address of the node it was written to.</param>
    public string? Compare(EnvelopeView recorded, EnvelopeView actual, string reader)
    {
        List<string> differences = [];
        Check("type", AssemblyQualifiedName.WithoutVersions(TypeOf(recorded.Type)), actual.Type);
        Check("target", Translate(TargetOf(recorded.Target.Id, reader)), actual.Target.Id);
        Check("target request id", recorded.Target.RequestId, actual.Target.RequestId);
        Check("serializer", recorded.Serializer, actual.Serializer);
        Check("headers", recorded.Headers, actual.Headers);
        Check("payload", recorded.Payload, actual.Payload);
        Add(ComparePid("sender", recorded.Sender, actual.Sender));
        Add(ComparePid("PID in the payload", recorded.Inner, actual.Inner));
        return differences.Count == 0 ? null : string.Join("; ", differences);

        void Check<T>(string what, T expected, T seen) => Add(Equals(expected, seen) ? null : $"{what} '{expected}' is '{seen}'");
        void Add(string? difference) => differences.AddRange(difference is null ? [] : [difference]);
    }

    /// <summary>A recorded message as it must be written now.</summary>
    public byte[] Rewrite(byte[] recorded)
    {
        var message = Wire.RemoteMessage.Parser.ParseFrom(recorded);
        if (message.ConnectRequest?.ServerConnection is { } server)
        {
            server.Address = Translate(server.Address);
            server.MemberId = Translate(server.MemberId);
            Rewrite(server.BlockList, Translate);
        }
        else if (message.ConnectRequest?.ClientConnection is { } client)
        {
            client.MemberId = Translate(client.MemberId);
        }
        else if (message.ConnectResponse is { } response)
        {
            response.MemberId = Translate(response.MemberId);
        }
        else if (message.MessageBatch is { } batch)
        {
            Rewrite(batch);
        }

        return message.ToByteArray();
    }

    /// <summary>The recorded types of JSON messages, in their own assembly then, are in this one now.</summary>
    public static string TypeOf(string recorded) => recorded.Replace(", WireRecorder", ", Remote.Tests", StringComparison.Ordinal);

    /// <summary>See <see cref="Difference.ClientTargetsArePlain"/>.</summary>
    private static string TargetOf(string recorded, string reader)
    {
        var (client, local) = Split(recorded);
        return client == reader ? local : recorded;
    }

    private static void Rewrite<T>(IList<T> list, Func<T, T> replacement)
    {
        for (var i = 0; i < list.Count; i++)
        {
            list[i] = replacement(list[i]);
        }
    }

    private void Rewrite(Wire.MessageBatch batch)
    {
        foreach (var envelope in batch.Envelopes)
        {
            if (envelope.TargetRequestId != 0)
            {
                envelope.TargetRequestId = RequestOf(batch.Targets[envelope.Target].ToStringUtf8(), envelope.TargetRequestId);
            }

            if (envelope.TypeId < batch.TypeNames.Count && EnvelopeView.InnerPid(batch.TypeNames[envelope.TypeId], envelope.MessageData, out var message) is { } inner)
            {
                RewritePid(inner);
                envelope.MessageData = message!.ToByteString();
            }
        }

        Rewrite(batch.TypeNames, TypeOf);
        Rewrite(batch.Targets, target => ByteString.CopyFromUtf8(IdOf(target.ToStringUtf8())));
        foreach (var sender in batch.Senders)
        {
            RewritePid(sender);
        }
    }

    private void RewritePid(Wire.PID pid)
    {
        pid.Address = Translate(pid.Address);
        pid.Id = IsOurs(pid.Address, pid.Id, out _) ? IdOf(pid.Id) : Translate(pid.Id);
    }

    /// <summary>A recorded id that belongs to our node, as our node calls it.</summary>
    private string IdOf(string recorded)
    {
        var translated = Translate(recorded);
        lock (_gate)
        {
            var (client, local) = Split(translated);
            return client.Length > 0 && !_ours.Contains(client) ? translated : Join(client, _ids.GetValueOrDefault(local, local));
        }
    }

    private uint RequestOf(string recordedTarget, uint recorded)
    {
        var (client, local) = Split(Translate(recordedTarget));
        lock (_gate)
        {
            return client.Length > 0 && !_ours.Contains(client) ? recorded : _requests.GetValueOrDefault((local, recorded), recorded);
        }
    }

    private string? ComparePid(string what, PidView? recorded, PidView? actual)
    {
        if (recorded is null || actual is null)
        {
            return recorded is null && actual is null ? null : $"{what} '{recorded?.ToString() ?? "none"}' is '{actual?.ToString() ?? "none"}'";
        }

        var expected = recorded with { Address = Translate(recorded.Address), Id = Translate(recorded.Id) };
        if (IsOurs(expected.Address, expected.Id, out var local))
        {
            expected = Learn(expected, local, actual);
        }

        return expected == actual ? null : $"{what} '{expected}' is '{actual}'";
    }

    /// <summary>Takes over how our node calls its own, the first time it is seen.</summary>
    private PidView Learn(PidView expected, string local, PidView actual)
    {
        lock (_gate)
        {
            var (client, actualLocal) = Split(actual.Id);
            if (Volatile().IsMatch(local) && !_ids.ContainsValue(actualLocal))
            {
                _ids.TryAdd(local, actualLocal);
            }

            if (expected.RequestId != 0 && actual.RequestId != 0)
            {
                _requests.TryAdd((local, expected.RequestId), actual.RequestId);
            }

            var request = _requests.GetValueOrDefault((local, expected.RequestId), expected.RequestId);
            return expected with { Id = Join(client, _ids.GetValueOrDefault(local, local)), RequestId = request };
        }
    }

    /// <summary>Whether a translated PID is one of our node's own: by its address, or by the client id in front of its id.</summary>
    private bool IsOurs(string address, string id, out string local)
    {
        (var client, local) = Split(id);
        lock (_gate)
        {
            return _ours.Contains(client.Length > 0 ? client : address);
        }
    }

    private static (string Client, string Local) Split(string id)
    {
        var slash = id.StartsWith("$client/", StringComparison.Ordinal) ? id.IndexOf('/', "$client/".Length) : -1;
        return slash < 0 ? ("", id) : (id[..slash], id[(slash + 1)..]);
    }

    private static string Join(string client, string local) => client.Length == 0 ? local : $"{client}/{local}";

    /// <summary>Ids that a system makes up: of its futures and of actors without a name.</summary>
    [GeneratedRegex(@"^\$\d+$")]
    private static partial Regex Volatile();
}
