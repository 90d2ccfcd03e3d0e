using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Tests.Messages;
using Nothing = Remote.Tests.Messages.Nothing;

namespace Remote.Tests.Messaging;

/// <summary>Random messages for the property tests. Names come from small sets, so that the tables have repetitions.</summary>
internal static class Generators
{
    private static Gen<string> Id { get; } = Gen.OneOf(
        Gen.Elements("a", "b", "echo", "$1", "$future-x1", "parent/child", "größe", "数/字", "🙂", new string('x', 130)),
        Gen.Choose(0, 400).Select(number => $"actor/{number}"));

    private static Gen<uint> RequestId { get; } = Gen.Frequency(
        (2, Gen.Constant(0u)),
        (1, Gen.Elements<uint>(1u, 127u, 128u, 5000u, int.MaxValue, (uint)int.MaxValue + 1, uint.MaxValue)));

    private static Gen<string> Address { get; } = Gen.Elements("", ActorSystem.NoHost, ModelEncoder.Own, "10.0.0.3:8003", "unix:///run/x");

    private static Gen<PID> Pid { get; } =
        from address in Address
        from id in Id
        from request in RequestId
        select new PID(address, id) { RequestId = request };

    private static Gen<string> Text { get; } = Gen.OneOf(
        Gen.Elements("", "hello", "ä€🙂", new string('y', 127), new string('z', 128), new string('w', 20_000)),
        Gen.Choose(0, 300).Select(length => new string('t', length)));

    private static Gen<object> Message { get; } = Gen.Frequency(
        (4, Text.Select(text => (object)new Hello { Text = text, Number = text.Length })),
        (2, Text.Select(text => (object)new StringValue { Value = text })),
        (1, Text.Select(text => (object)new Hello.Types.Nested { Text = text })),
        (1, Gen.Choose(0, 300).Select(size => (object)new Hello { Data = ByteString.CopyFrom(new byte[size]) })),
        (2, Gen.Elements<object>(new Nothing(), new Empty(), PoisonPill.Instance, new Touch(), Stop.Instance)),
        (1, Pid.Select(pid => (object)new Watch(pid))),
        (1, Pid.Select(pid => (object)new Unwatch { Watcher = pid })),
        (1, Pid.Select(pid => (object)new Touched { Who = pid })),
        (1, Pid.Select(pid => (object)new DeadLetterResponse { Target = pid })),
        (1, from pid in Pid
            from why in Gen.Elements(
                TerminatedReason.Stopped, TerminatedReason.AddressTerminated, TerminatedReason.NotFound)
            select (object)Terminated.From(pid, why)));

    private static Gen<MessageHeader?> Headers { get; } = Gen.Frequency(
        (3, Gen.Constant<MessageHeader?>(null)),
        (1, Gen.Constant<MessageHeader?>(MessageHeader.Empty)),
        (2, from keys in Gen.ListOf(Gen.Elements("", "k", "traceparent", "schlüssel", new string('k', 200)))
            from value in Text
            select (MessageHeader?)new MessageHeader(keys.Distinct().ToDictionary(key => key, key => value + key))));

    private static Gen<ActivityContext> Trace { get; } =
        from flags in Gen.Choose(0, 255)
        from state in Gen.Elements(null, "", "shop=1", new string('s', 200))
        select new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), (ActivityTraceFlags)flags, state);

    internal static Gen<RemoteDelivery> Delivery { get; } = Gen.Frequency((3, Untraced), (1, Traced));

    private static Gen<RemoteDelivery> Untraced =>
        from target in Id
        from request in RequestId
        from message in Message
        from sender in Gen.OneOf(Gen.Constant<PID?>(null), Pid.Select(pid => (PID?)pid))
        from headers in Headers
        select new RemoteDelivery(new PID(ModelEncoder.Peer, target) { RequestId = request }, message, sender, headers);

    // A message that has a context of its own keeps that.
    private static Gen<RemoteDelivery> Traced =>
        from delivery in Untraced
        from trace in Trace
        select delivery.OwnHeaders?.ContainsKey("traceparent") == true ? delivery : delivery.With(trace);

    internal static Arbitrary<RemoteDelivery[]> Deliveries { get; } = Delivery.ArrayOf().ToArbitrary();
}
