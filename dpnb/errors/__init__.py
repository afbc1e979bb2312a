"""Every exception that dpnb raises on purpose.

::

    DpnbError
    ├── RegistryError
    │   ├── TaskDefinitionError      (ValueError)    this function cannot be a task, or an option is wrong
    │   ├── DuplicateTaskError       (ValueError)    one name, two places
    │   └── UnknownTaskError         (LookupError)
    ├── PlanError                    (ValueError)    the plan is refused; carries every problem found
    │   └── PlanMismatchError                        a stored plan does not fit the registry's tasks
    ├── ExecutionError
    │   ├── TaskFailedError                          a result was asked for, its task failed
    │   ├── TaskNotFinishedError                     a result was asked for before its task ended
    │   ├── ExecutorUrlError         (ValueError)    a URL names no executor
    │   ├── DebugError               (ValueError)    a task cannot be called again as it was
    │   ├── RetryDelayError          (ValueError)    a task's ``retry_delay`` gave no usable delay
    │   ├── RunNotFoundError         (LookupError)
    │   ├── RunExistsError           (ValueError)    the run id is taken
    │   ├── RunGoingError                            it is owned by a process that lives
    │   ├── RerunParameterError      (ValueError)    what was typed for a parameter stands for no value of it
    │   ├── RunCrashedError                          it could not be carried on or recorded
    │   ├── RunTimeoutError          (TimeoutError)  ``run.wait(timeout)`` gave up waiting
    │   ├── RunCriterionError        (ValueError)    runs are asked for by something that makes no sense
    │   ├── TransportError           (ValueError)    a function or argument cannot travel to a worker
    │   ├── MissingModuleError       (ImportError)   a function needs a module that its worker cannot import
    │   ├── WorkerDiedError                          a worker process ended under its call
    │   ├── NestedRunError           (RecursionError) tasks that start runs of tasks that start runs, and so on
    │   ├── WorkerStartError         (RuntimeError)  no worker process could be started
    │   ├── MemoryLimitError         (MemoryError)   an attempt took more than its task's ``memory_limit``
    │   ├── CallTimedOutError        (TimeoutError)  a call ran past its deadline and was killed
    │   ├── AttemptUnwantedError                     nobody waits for this attempt any more
    │   ├── ExecutorKindError        (TypeError)     what was given as an executor is none
    │   ├── StreamBrokenError                        a stream ended in the middle of being read
    │   └── RemoteCallError                          what a call raised, as text
    ├── ResultError
    │   ├── ResultNotFoundError      (LookupError)
    │   ├── ConcatenationError       (ValueError)    a stream's chunks do not add up to one value
    │   ├── ComparisonKeyError       (LookupError)   this does not tell the rows of two frames
    │   ├── BrowseRequestError       (ValueError)    a page was asked for in a way that makes no sense
    │   ├── BrowsingStoppedError                     nobody waits any more for what was looked up
    │   ├── CorruptResultError                       digest, size or footer disagree with what was saved
    │   ├── UnloadableResultError                    the bytes are right, but unpickling them raises
    │   ├── StoreUrlError            (ValueError)    a URL names no store of results
    │   ├── UntrustedStoreError      (PermissionError)
    │   ├── UnstorableResultError    (ValueError)    the value cannot be pickled
    │   ├── StoreUnavailableError    (OSError)       a store cannot be reached, or refuses
    │   └── FormatError              (ValueError)    a result cannot be stored as its task asks
    │       ├── UnknownFormatError                   there is no such format, or none for this type
    │       └── LossyFormatError                     the format would lose something
    ├── LedgerError
    │   ├── LedgerCorruptError                       the file is no ledger, or damaged
    │   ├── LedgerLockedError        (TimeoutError)  another process holds it
    │   ├── LedgerUnreachableError   (ConnectionError) its server does not answer
    │   ├── LedgerUrlError           (ValueError)    this is no database's URL
    │   ├── LedgerInUseError                         it was to be replaced while another process has it open
    │   ├── LedgerReadOnlyError                      a run was to be recorded where nothing can be written
    │   ├── LeaseLostError                           another process owns the run by now
    │   └── LedgerVersionError                       written by a newer dpnb
    ├── EventError
    │   ├── TopicError               (ValueError)    a text is no topic, or no pattern of topics
    │   ├── EventDataError           (TypeError)     an event holds what cannot leave its process
    │   ├── EventKindError           (TypeError)     what was to be published is no event
    │   ├── EventFrozenError         (AttributeError) an event was to be changed
    │   ├── QueueFullError                           a bounded queue has no room
    │   ├── QueueClosedError                         a queue, subscription or broker is closed
    │   │   └── QueueLostError                       the process that made the queue is gone
    │   ├── QueueItemError           (TypeError)     an item cannot travel between processes
    │   └── BrokerUnavailableError   (ConnectionError)
    ├── TriggerError
    │   ├── CronExpressionError      (ValueError)    a cron expression is refused
    │   ├── UnknownZoneError         (ValueError)    a text names no time zone
    │   ├── TriggerOptionError       (ValueError)    an option of a trigger makes no sense
    │   ├── TriggerSpecError         (ValueError)    no trigger can be made from this specification
    │   ├── TriggerInactiveError                     a trigger was called outside its start and end
    │   └── EventFactoryError                        an ``event_factory`` raised, or made no event
    ├── SchedulingError
    │   ├── ScheduleOptionError      (ValueError)    an option of a schedule makes no sense
    │   ├── ScheduleExistsError      (ValueError)    the name is taken
    │   ├── UnknownScheduleError     (LookupError)
    │   ├── UnreadyScheduleError                     nothing here can serve it
    │   └── FireTakenError                           a fire is another scheduler's, or has its run
    ├── ServerError
    │   ├── ServerExtraError         (ImportError)   the packages that a server needs are missing
    │   ├── AddressError             (OSError)       nothing can listen there
    │   ├── PipelineNameError        (ValueError)
    │   ├── UnknownPipelineError     (LookupError)
    │   ├── UnknownLaunchError       (LookupError)
    │   ├── UnservedTasksError                       a run is to go on where none of its tasks are known
    │   ├── IdempotencyKeyError      (ValueError)    one key, two requests
    │   └── UndeliverableResultError (ValueError)    a result is of no kind that the format carries
    ├── PageRequestError             (ValueError)    a page asks for what there is not
    ├── SettingsError                (ValueError)    dpnb.toml, or a variable, says what makes no sense
    ├── WorkspaceError                               the folder of runs cannot be used
    └── NotebookError
        ├── NotebookFormatError      (ValueError)
        ├── NotebookGoneError        (LookupError)   a run's notebook is not there any more
        ├── NotebookExecutionError                   a cell raised
        ├── NotebookTimeoutError     (TimeoutError)  a cell, or the notebook, ran past its deadline
        ├── NotebookInputError       (LookupError)   it asked for a result that it cannot be given
        ├── NoExecutedNotebookError  (LookupError)   a task has left none
        ├── NotebookInterruptedError
        └── KernelDiedError

Exceptions take facts and write their own message: the subject with ``!r``, the rule, what is allowed or near, then
``Hint:``. They survive pickling whatever the signature of their ``__init__``, because unpickling restores their state
instead of calling it again.
"""

from __future__ import annotations

from dpnb.errors.attempts import (
    AttemptUnwantedError,
    CallTimedOutError,
    DebugError,
    ExecutorKindError,
    MemoryLimitError,
    MissingModuleError,
    ModuleStateWarning,
    NestedRunError,
    RemoteCallError,
    RetryDelayError,
    StreamBrokenError,
    TransportError,
    WorkerDiedError,
    WorkerStartError,
)
from dpnb.errors.events import (
    BrokerUnavailableError,
    EventDataError,
    EventError,
    EventFrozenError,
    EventKindError,
    QueueClosedError,
    QueueFullError,
    QueueItemError,
    QueueLostError,
    TopicError,
)
from dpnb.errors.ledger import (
    LeaseLostError,
    LedgerCorruptError,
    LedgerError,
    LedgerInUseError,
    LedgerLockedError,
    LedgerReadOnlyError,
    LedgerUnreachableError,
    LedgerUrlError,
    LedgerVersionError,
    SettingsError,
    WorkspaceError,
)
from dpnb.errors.notebook import (
    KernelDiedError,
    NoExecutedNotebookError,
    NotebookError,
    NotebookExecutionError,
    NotebookFormatError,
    NotebookGoneError,
    NotebookInputError,
    NotebookInterruptedError,
    NotebookTimeoutError,
)
from dpnb.errors.pages import PageRequestError
from dpnb.errors.planning import OutdatedPlanWarning, PlanError, PlanMismatchError, TypeMismatchWarning
from dpnb.errors.registry import DuplicateTaskError, RegistryError, TaskDefinitionError, UnknownTaskError
from dpnb.errors.results import (
    BrowseRequestError,
    BrowsingStoppedError,
    ComparisonKeyError,
    ConcatenationError,
    CorruptResultError,
    ResultError,
    ResultNotFoundError,
    StoreUrlError,
    UnloadableResultError,
    UnstorableResultError,
    UntrustedStoreError,
    require_digest,
)
from dpnb.errors.root import DpnbError, closest
from dpnb.errors.runs import (
    ExecutionError,
    ExecutorUrlError,
    RerunParameterError,
    RunCrashedError,
    RunCriterionError,
    RunExistsError,
    RunGoingError,
    RunNotFoundError,
    RunTimeoutError,
    TaskFailedError,
    TaskNotFinishedError,
)
from dpnb.errors.scheduling import (
    FireTakenError,
    ScheduleExistsError,
    ScheduleOptionError,
    SchedulingError,
    UnknownScheduleError,
    UnreadyScheduleError,
)
from dpnb.errors.server import (
    AddressError,
    IdempotencyKeyError,
    PipelineNameError,
    ServerError,
    ServerExtraError,
    UndeliverableResultError,
    UnknownLaunchError,
    UnknownPipelineError,
    UnservedTasksError,
)
from dpnb.errors.stores import FormatError, LossyFormatError, StoreUnavailableError, UnknownFormatError
from dpnb.errors.triggers import (
    CronExpressionError,
    EventFactoryError,
    TriggerError,
    TriggerInactiveError,
    TriggerOptionError,
    TriggerSpecError,
    UnknownZoneError,
)

__all__ = [
    "AddressError",
    "AttemptUnwantedError",
    "BrokerUnavailableError",
    "BrowseRequestError",
    "BrowsingStoppedError",
    "CallTimedOutError",
    "ComparisonKeyError",
    "ConcatenationError",
    "CorruptResultError",
    "CronExpressionError",
    "DebugError",
    "DpnbError",
    "DuplicateTaskError",
    "EventDataError",
    "EventError",
    "EventFactoryError",
    "EventFrozenError",
    "EventKindError",
    "ExecutionError",
    "ExecutorKindError",
    "ExecutorUrlError",
    "FireTakenError",
    "FormatError",
    "IdempotencyKeyError",
    "KernelDiedError",
    "LeaseLostError",
    "LedgerCorruptError",
    "LedgerError",
    "LedgerInUseError",
    "LedgerLockedError",
    "LedgerReadOnlyError",
    "LedgerUnreachableError",
    "LedgerUrlError",
    "LedgerVersionError",
    "LossyFormatError",
    "MemoryLimitError",
    "MissingModuleError",
    "ModuleStateWarning",
    "NestedRunError",
    "NoExecutedNotebookError",
    "NotebookError",
    "NotebookExecutionError",
    "NotebookFormatError",
    "NotebookGoneError",
    "NotebookInputError",
    "NotebookInterruptedError",
    "NotebookTimeoutError",
    "OutdatedPlanWarning",
    "PageRequestError",
    "PipelineNameError",
    "PlanError",
    "PlanMismatchError",
    "QueueClosedError",
    "QueueFullError",
    "QueueItemError",
    "QueueLostError",
    "RegistryError",
    "RemoteCallError",
    "RerunParameterError",
    "ResultError",
    "ResultNotFoundError",
    "RetryDelayError",
    "RunCrashedError",
    "RunCriterionError",
    "RunExistsError",
    "RunGoingError",
    "RunNotFoundError",
    "RunTimeoutError",
    "ScheduleExistsError",
    "ScheduleOptionError",
    "SchedulingError",
    "ServerError",
    "ServerExtraError",
    "SettingsError",
    "StoreUnavailableError",
    "StoreUrlError",
    "StreamBrokenError",
    "TaskDefinitionError",
    "TaskFailedError",
    "TaskNotFinishedError",
    "TopicError",
    "TransportError",
    "TriggerError",
    "TriggerInactiveError",
    "TriggerOptionError",
    "TriggerSpecError",
    "TypeMismatchWarning",
    "UndeliverableResultError",
    "UnknownFormatError",
    "UnknownLaunchError",
    "UnknownPipelineError",
    "UnknownScheduleError",
    "UnknownTaskError",
    "UnknownZoneError",
    "UnloadableResultError",
    "UnreadyScheduleError",
    "UnservedTasksError",
    "UnstorableResultError",
    "UntrustedStoreError",
    "WorkerDiedError",
    "WorkerStartError",
    "WorkspaceError",
    "closest",
    "require_digest",
]
