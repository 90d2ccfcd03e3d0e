namespace Remote.LoadTest;

/// <summary>Makes the ends of each subject.</summary>
internal static class Subjects
{
    public static readonly IReadOnlyList<Subject> All = Enum.GetValues<Subject>();

    public static IReceiver Receiver(Subject subject, RunPlan plan) => subject switch
    {
        Subject.RawTcp => new RawTcpReceiver(plan),
        Subject.Transport => new TransportReceiver(plan),
        _ => new ProductReceiver(plan, ActorSystems.Create(subject, plan)),
    };

    public static IDriver Driver(Subject subject, RunPlan plan) => subject switch
    {
        Subject.RawTcp => new RawTcpDriver(plan),
        Subject.Transport => new TransportDriver(plan),
        _ => new ProductDriver(plan, ActorSystems.Create(subject, plan)),
    };
}
