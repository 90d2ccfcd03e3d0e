using System.Reflection;

namespace Remote.Tests.Streams;

public class SharedTaskTests
{
    /// <summary>
    /// One that never ends keeps whoever waits for it beside something else in a list, in which each is searched for when it is done: at the end of
    /// 20,000 streams that takes seconds, under a lock.
    /// </summary>
    [Fact]
    public void TasksThatAllStreamsShare_HaveEnded()
    {
        var tasks = typeof(RemoteFrame).Assembly.GetTypes().Where(type => !type.ContainsGenericParameters)
            .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(field => field.FieldType.IsAssignableTo(typeof(Task)));

        Assert.All(tasks, field => Assert.True(((Task?)field.GetValue(null))?.IsCompleted != false, $"{field.DeclaringType}.{field.Name} has not."));
    }
}
