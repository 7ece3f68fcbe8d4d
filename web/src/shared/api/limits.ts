/** Generated from docs/api/openapi.json by `npm run generate`. Do not edit. */
export const limits = {
  "Batch": {
    "operations": {
      "maxItems": 100
    }
  },
  "BatchOperation": {
    "if_version": {
      "minimum": 0
    }
  },
  "BatchResult": {
    "status": {
      "minimum": 0
    },
    "version": {
      "minimum": 0
    }
  },
  "BatchResults": {
    "cursor": {
      "minimum": 0
    }
  },
  "Changes": {
    "cursor": {
      "minimum": 0
    }
  },
  "Counts": {
    "inbox": {
      "minimum": 0
    },
    "overdue": {
      "minimum": 0
    },
    "today": {
      "minimum": 0
    },
    "trash": {
      "minimum": 0
    },
    "upcoming_7": {
      "minimum": 0
    }
  },
  "CreateFilter": {
    "name": {
      "minLength": 1,
      "maxLength": 120
    },
    "query": {
      "minLength": 1,
      "maxLength": 1024
    }
  },
  "CreateLabel": {
    "name": {
      "minLength": 1,
      "maxLength": 60
    }
  },
  "CreateList": {
    "icon": {
      "minLength": 1,
      "maxLength": 16
    },
    "name": {
      "minLength": 1,
      "maxLength": 120
    }
  },
  "CreateTask": {
    "description": {
      "maxLength": 10000
    },
    "duration_min": {
      "minimum": 1,
      "maximum": 10080
    },
    "label_ids": {
      "maxItems": 20
    },
    "priority": {
      "minimum": 1,
      "maximum": 3
    },
    "reminders": {
      "maxItems": 10
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "Filter": {
    "name": {
      "minLength": 1,
      "maxLength": 120
    },
    "version": {
      "minimum": 1
    }
  },
  "Label": {
    "name": {
      "minLength": 1,
      "maxLength": 60
    },
    "version": {
      "minimum": 1
    }
  },
  "List": {
    "icon": {
      "minLength": 1,
      "maxLength": 16
    },
    "name": {
      "minLength": 1,
      "maxLength": 120
    },
    "version": {
      "minimum": 1
    }
  },
  "ParsedQuickAdd": {
    "priority": {
      "minimum": 1,
      "maximum": 3
    }
  },
  "ParsedRecurrence": {
    "rule": {
      "minLength": 1,
      "maxLength": 500
    }
  },
  "PatchFilter": {
    "name": {
      "minLength": 1,
      "maxLength": 120
    },
    "query": {
      "minLength": 1,
      "maxLength": 1024
    }
  },
  "PatchLabel": {
    "name": {
      "minLength": 1,
      "maxLength": 60
    }
  },
  "PatchList": {
    "icon": {
      "minLength": 1,
      "maxLength": 16
    },
    "name": {
      "minLength": 1,
      "maxLength": 120
    }
  },
  "PatchSettings": {
    "week_start": {
      "minimum": 1,
      "maximum": 7
    }
  },
  "PatchTask": {
    "description": {
      "maxLength": 10000
    },
    "duration_min": {
      "minimum": 1,
      "maximum": 10080
    },
    "label_ids": {
      "maxItems": 20
    },
    "priority": {
      "minimum": 1,
      "maximum": 3
    },
    "reminders": {
      "maxItems": 10
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "PreviewRecurrence": {
    "count": {
      "minimum": 1,
      "maximum": 50
    },
    "rule": {
      "minLength": 1,
      "maxLength": 500
    }
  },
  "Problem": {
    "status": {
      "minimum": 0
    }
  },
  "QuickAdd": {
    "text": {
      "minLength": 1,
      "maxLength": 2000
    }
  },
  "QuickAddSpan": {
    "end": {
      "minimum": 0
    },
    "start": {
      "minimum": 0
    }
  },
  "QuickAddUnknown": {
    "end": {
      "minimum": 0
    },
    "start": {
      "minimum": 0
    }
  },
  "Recurrence": {
    "index": {
      "minimum": 1
    },
    "rule": {
      "minLength": 1,
      "maxLength": 500
    }
  },
  "RecurrenceInput": {
    "rule": {
      "minLength": 1,
      "maxLength": 500
    }
  },
  "RecurrencePatch": {
    "rule": {
      "minLength": 1,
      "maxLength": 500
    }
  },
  "RecurrencePreview": {
    "rule": {
      "minLength": 1,
      "maxLength": 500
    }
  },
  "Reminder": {
    "before_min": {
      "minimum": 0,
      "maximum": 43200
    }
  },
  "ReminderInput": {
    "before_min": {
      "minimum": 0,
      "maximum": 43200
    }
  },
  "ReplaceTask": {
    "description": {
      "maxLength": 10000
    },
    "duration_min": {
      "minimum": 1,
      "maximum": 10080
    },
    "label_ids": {
      "maxItems": 20
    },
    "priority": {
      "minimum": 1,
      "maximum": 3
    },
    "reminders": {
      "maxItems": 10
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    }
  },
  "Settings": {
    "version": {
      "minimum": 0
    },
    "week_start": {
      "minimum": 1,
      "maximum": 7
    }
  },
  "Task": {
    "description": {
      "maxLength": 10000
    },
    "duration_min": {
      "minimum": 1,
      "maximum": 10080
    },
    "priority": {
      "minimum": 1,
      "maximum": 3
    },
    "title": {
      "minLength": 1,
      "maxLength": 255
    },
    "version": {
      "minimum": 1
    }
  }
} as const;
